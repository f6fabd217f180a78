/** Puts the launcher together and runs it to its end. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { OpenHypervisor } from '../libvirt/types.ts';
import type { Logger } from '../support/log.ts';
import { dismissSideContainers } from './dismiss.ts';
import { DomainManager } from './domain-manager.ts';
import type { ExitCode } from './exit-codes.ts';
import { HypervisorLink } from './hypervisor-link.ts';
import { Libvirtd } from './libvirtd.ts';
import type { LauncherOptions } from './options.ts';
import type { Paths } from './paths.ts';
import { launcherPod, ownProcesses } from './pod.ts';
import type { DomainReport } from './protocol.ts';
import type { ReportBoard } from './report.ts';
import { serveAgent } from './server.ts';
import { serviceOf } from './service.ts';
import { vncProxy } from './vnc-proxy.ts';

export interface Launch {
  options: LauncherOptions;
  paths: Paths;
  log: Logger;
  open: OpenHypervisor;
  /** Gets the guest's serial console as lines. @returns false when there is no room for one now. */
  writeSerial: (text: string) => boolean;
  /** Where the kubelet picks the last words of a container up. */
  terminationLog: string;
  /** Called when the guest has run for a moment and the launcher has little left to do; twice at most. */
  settled: () => void;
  signal: AbortSignal;
}

/** How long the agent may take to read the last report, in milliseconds. */
const lastWordsMs = 1_000;
/** Pauses after the last fact about a new guest, in milliseconds: when its start is over, and when it has booted. */
const settleMs = [2_000, 30_000];

/** Runs the launcher of one VM until its guest has ended. An abort of `signal` stops the guest within its grace. */
export async function launch(given: Launch): Promise<ExitCode> {
  const { options, paths, log, open, writeSerial, signal } = given;
  await mkdir(paths.privateDir, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const libvirtd = stack.use(new Libvirtd({ paths, log, accelerator: options.emulation ? 'tcg' : 'kvm' }));
  libvirtd.start();
  // After the pod, whose last words go to the log of one of them.
  stack.defer(() => dismissSideContainers(paths.containerDiskDir, ownProcesses()));
  const pod = stack.use(launcherPod({ ...options, paths, log, writeSerial }));
  const vnc = stack.use(vncProxy(paths.vncSocket, log));
  const link: HypervisorLink = stack.use(
    new HypervisorLink({ daemon: libvirtd, open, log, onEvent: (event) => manager.onEvent(event) }),
  );
  const manager = new DomainManager({ hypervisor: (until) => link.get(until), pod, log });
  link.start();
  void libvirtd.failed.then((error) => manager.onDaemonLost(error));
  const server = stack.use(
    await serveAgent(
      paths.socket,
      serviceOf(options.uid, { manager, pod, vnc, vncSocket: paths.vncSocket }),
      log,
    ),
  );
  log.info('ready for the node agent');
  onceSettled(manager.reports, given.settled);
  const code = await untilEnded(manager, options.gracePeriodSeconds, signal);
  await leaveLastWords(given.terminationLog, manager.reports.current);
  await server.flush(lastWordsMs);
  return code;
}

/** The versions are what is asked last about a guest that was started. */
function onceSettled(reports: ReportBoard, settled: () => void): void {
  const unsubscribe = reports.subscribe(({ qemuVersion }) => {
    if (qemuVersion === undefined) return;
    unsubscribe();
    for (const pause of settleMs) setTimeout(settled, pause).unref();
  });
}

/** Waits for the guest's end, which an abort of `signal` brings about. */
async function untilEnded(
  manager: DomainManager,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<ExitCode> {
  const stop = (): void => void manager.shutdown(graceSeconds);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const code = await manager.ended;
  signal.removeEventListener('abort', stop);
  await manager.settled();
  return code;
}

/** An agent that is down now finds the reason in the pod's status. */
async function leaveLastWords(file: string, { failure }: DomainReport): Promise<void> {
  if (failure === undefined) return;
  await writeFile(file, JSON.stringify(failure).slice(0, 4000), { flag: 'r+' }).catch(() => undefined);
}
