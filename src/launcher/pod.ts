/** The pod around the domain: its disks, its network, its console. */
import { agentSecrets } from '../api/agent-credentials.ts';
import type { Smbios } from '../api/smbios.ts';
import type { Vmi } from '../api/types.ts';
import type { DomainContext } from '../libvirt/context.ts';
import { domainXml } from '../libvirt/xml/domain.ts';
import { networkPlan } from '../network/plan.ts';
import { exists } from '../support/files.ts';
import type { Logger } from '../support/log.ts';
import { ConsoleHub } from './console-hub.ts';
import { consoleLogs } from './console-logs.ts';
import type { ProcessView } from './disks/hold.ts';
import type { GuestDisks } from './disks/grow.ts';
import { prepareDisks } from './disks/prepare.ts';
import type { DomainManager } from './domain-manager.ts';
import type { Pod } from './domain-pod.ts';
import { machineFacts } from './machine-facts.ts';
import { serveNetwork } from './network.ts';
import { sidecarHooks } from './hooks/pod.ts';
import type { Paths } from './paths.ts';
import { withPluggedTaps } from './plugged-taps.ts';
import { pullPlug } from './pull-plug.ts';

export interface PodOptions {
  paths: Paths;
  emulation: boolean;
  smbios: Smbios;
  /** How many hook sidecars there are. */
  hookSidecars: number;
  log: Logger;
  /** Gets the guest's console as lines. @returns false when there is no room for one now. */
  writeSerial: (text: string) => boolean;
}

export interface LauncherPod extends Pod, AsyncDisposable {
  console: ConsoleHub;
  /** Hands the keys and passwords of the VMI to its guest whenever that runs and its agent is there. Idempotent. */
  keepCredentials(vmi: Vmi, guest: Pick<DomainManager, 'agent' | 'reports'>): void;
  /** See `growDisks`. */
  growDisks(vmi: Vmi, disks: GuestDisks): Promise<readonly string[]>;
}

/** Processes of this pod, which all run as one user. */
export const ownProcesses = (): ProcessView => ({ procDir: '/proc', uid: process.getuid?.() ?? -1 });

/** @throws nothing: everything happens when the domain needs it. */
export function launcherPod(options: PodOptions): LauncherPod {
  const { paths, emulation, smbios, log, writeSerial } = options;
  const sidecars = sidecarHooks(options.hookSidecars, log);
  let dhcp: Promise<AsyncDisposable> | undefined;
  let credentials: Promise<AsyncDisposable> | undefined;
  const view = ownProcesses();
  const console: ConsoleHub = new ConsoleHub({
    socket: paths.serialSocket,
    log,
    onOutput: (chunk) => logs.push(chunk),
  });
  const logs = consoleLogs({
    write: writeSerial,
    log,
    tail: () => console.tail(),
    folder: paths.containerDiskDir,
    view,
  });
  return {
    console,
    prepareDisks: (vmi, signal) => prepareDisks(vmi, { paths, view, signal }),
    serveNetwork: async (vmi, links) => {
      if (networkPlan(vmi).length === 0) return;
      dhcp ??= serveNetwork(vmi, links, { ...paths, log });
      await dhcp.catch((error: unknown) => {
        dhcp = undefined;
        throw error;
      });
    },
    followConsole: (vmi) => {
      logs.begin(vmi);
      console.start();
    },
    keepCredentials: (vmi, { agent, reports }) => {
      if (agentSecrets(vmi.spec).length === 0) return;
      credentials ??= import('./guest/credentials.ts').then(({ keepCredentials }) =>
        keepCredentials(vmi, { channel: agent.channel, reports, folder: paths.keysDir, log }),
      );
    },
    domainXml: (vmi, disks) => domainXml(vmi, contextOf(vmi, disks, { paths, emulation, smbios })),
    ...sidecars,
    pullPlug: () => pullPlug(paths, log),
    growDisks: async (vmi, disks) => {
      const { growDisks } = await import('./disks/grow.ts');
      return growDisks(vmi, { paths, disks, log });
    },
    [Symbol.asyncDispose]: async () => {
      await sidecars.dismissSidecars?.();
      await console[Symbol.asyncDispose]();
      logs[Symbol.dispose]();
      await (await credentials)?.[Symbol.asyncDispose]();
      await (await dhcp?.catch(() => undefined))?.[Symbol.asyncDispose]();
      // Only pods of guests with shared file systems have the folder.
      if (!(await exists(paths.virtiofsDir))) return;
      const { dismissFilesystems } = await import('./virtiofs.ts');
      await dismissFilesystems(paths.virtiofsDir);
    },
  };
}

function contextOf(
  vmi: Vmi,
  disks: Pick<DomainContext, 'disks' | 'kernel'>,
  { paths, emulation, smbios }: Pick<PodOptions, 'paths' | 'emulation' | 'smbios'>,
): DomainContext {
  const { serialSocket, vncSocket, agentSocket, passtSocket, nvram, configDir, virtiofsDir } = paths;
  return {
    ...disks,
    emulation,
    smbios,
    ...machineFacts(vmi),
    ...withPluggedTaps(networkPlan(vmi)),
    paths: { serialSocket, vncSocket, agentSocket, passtSocket, nvram, configDir, virtiofsDir },
  };
}
