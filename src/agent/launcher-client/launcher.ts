/** Everything the agent does to reach one launcher: find, verify, prepare, converse. */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { DomainReport, Opening } from '../../launcher/protocol.ts';
import type { PodLink } from '../../network/links.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import type { Logger } from '../../support/log.ts';
import { applyNetwork } from '../network/apply.ts';
import { claimDevices } from './claim-devices.ts';
import { ControlConnection } from './control.ts';
import { connectSocket, waitForSocket } from './open-socket.ts';
import { openPodNamespace, peerOf } from './peer.ts';
import { openStream } from './stream.ts';

/** Where the agent finds things on its node. */
export interface NodePaths {
  /** The kubelet's directory of pods. */
  podsDir: string;
  /** Where the agent sees the host's device nodes. */
  deviceDir: string;
}

/** How the VMI controller and the endpoint reach launchers; a fake serves the tests. */
export interface Launchers {
  /** Resolves when the launcher of a pod has made its socket. */
  wait(podUid: string, signal: AbortSignal): Promise<void>;
  /** Connects for control, after the proof that the peer is the pod's. */
  control(
    target: Target,
    onReport: (report: DomainReport) => void,
    signal: AbortSignal,
  ): Promise<ControlConnection>;
  /** Makes the pod's network and devices ready for the guest. @returns what the network plugin gave the pod. */
  prepare(podUid: string, plans: readonly InterfacePlan[], signal: AbortSignal): Promise<readonly PodLink[]>;
  /** Opens the serial console, VNC or a picture as raw bytes. */
  stream(target: Target, opening: StreamOpening, signal: AbortSignal): Promise<Socket>;
}

export type StreamOpening = Omit<Opening, 'version'> & { open: Exclude<Opening['open'], 'control'> };

export interface Target {
  podUid: string;
  vmiUid: string;
}

export function createLaunchers(paths: NodePaths, log: Logger): Launchers {
  return {
    wait: (podUid, signal) => waitForSocket(paths.podsDir, podUid, signal),
    prepare: (podUid, plans, signal) =>
      prepare(paths, podUid, { plans, signal, log: log.child({ uid: podUid }) }),
    control: async ({ podUid, vmiUid }, onReport, signal) => {
      const socket = await verifiedSocket(paths, podUid, signal);
      return ControlConnection.open(socket, vmiUid, onReport, signal);
    },
    stream: async ({ podUid }, opening, signal) => {
      const socket = await verifiedSocket(paths, podUid, signal);
      await openStream(socket, opening, signal);
      return socket;
    },
  };
}

async function verifiedSocket(paths: NodePaths, podUid: string, signal: AbortSignal): Promise<Socket> {
  const socket = await connectSocket(paths.podsDir, podUid, signal);
  try {
    await (await openPodNamespace(peerOf(socket), podUid)).close();
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function prepare(
  paths: NodePaths,
  podUid: string,
  { plans, signal, log }: { plans: readonly InterfacePlan[]; signal: AbortSignal; log: Logger },
): Promise<readonly PodLink[]> {
  const socket = await connectSocket(paths.podsDir, podUid, signal);
  const handles: FileHandle[] = [];
  try {
    const peer = peerOf(socket);
    const root = await open(`/proc/${peer.pid}/root`, 'r');
    handles.push(root);
    const namespace = await openPodNamespace(peer, podUid);
    handles.push(namespace);
    const [links] = await Promise.all([
      applyNetwork(namespace.fd, plans, { signal, log }),
      claimDevices(root.fd, paths.deviceDir),
    ]);
    return links;
  } finally {
    socket.destroy();
    await Promise.all(handles.map((handle) => handle.close()));
  }
}
