/** What the launcher offers to the node agent, put together of its parts. */
import { delay } from '../support/delay.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Service } from './connection.ts';
import type { DomainManager } from './domain-manager.ts';
import { grow } from './growth.ts';
import type { GuestAgent } from './guest/agent.ts';
import type { GuestPrograms } from './guest/exec.ts';
import { asPng } from './picture.ts';
import type { LauncherPod } from './pod.ts';
import type { DomainReport, Methods } from './protocol.ts';
import type { VncProxy } from './vnc-proxy.ts';
import { wakeScreen } from './wake-screen.ts';
import type { CheckedRequest } from './wire.ts';

export interface Parts {
  manager: DomainManager;
  pod: LauncherPod;
  vnc: VncProxy;
  /** QEMU's. */
  vncSocket: string;
}

/** @param uid of the VMI. */
export function serviceOf(uid: string, { manager, pod, vnc, vncSocket }: Parts): Service {
  return {
    uid,
    handle: async (request) => {
      if (request.method !== 'sync') return handle(manager, request);
      const { vmi } = request.params;
      refuseOther(uid, vmi.metadata.uid);
      // Whatever becomes of the start: a domain that is found to run after all is not synced again.
      pod.keepCredentials(vmi, manager);
      return manager.active ? grow(manager, pod, vmi) : handle(manager, request);
    },
    subscribe: (listener) => manager.reports.subscribe(listener),
    attachConsole: (session, received) => pod.console.attach(session, received),
    attachVnc: (session, received) => vnc.attach(session, received),
    screenshot: (wake) => screenshot(manager, vncSocket, wake),
    probe: probes(manager),
  };
}

type Handlers = {
  readonly [M in keyof Methods]: (
    manager: DomainManager,
    params: Methods[M]['params'],
  ) => Promise<Methods[M]['result']> | Methods[M]['result'];
};

/** Does something with the guest agent and tells how the domain is then. */
const withAgent = async (
  { agent, reports }: DomainManager,
  act: (agent: GuestAgent) => Promise<void>,
): Promise<DomainReport> => {
  await act(agent);
  return reports.current;
};

const handlers: Handlers = {
  sync: (manager, { vmi, options }) => manager.sync(vmi, options),
  report: ({ reports }) => reports.current,
  shutdown: (manager, { gracePeriodSeconds }) => manager.shutdown(gracePeriodSeconds),
  pause: (manager) => manager.pause(),
  unpause: (manager) => manager.unpause(),
  reset: (manager) => manager.reset(),
  softReboot: (manager) => manager.softReboot(),
  freeze: (manager, { unfreezeTimeoutSeconds }) =>
    withAgent(manager, (agent) => agent.freeze(unfreezeTimeoutSeconds)),
  unfreeze: (manager) => withAgent(manager, (agent) => agent.unfreeze()),
  guestInfo: ({ agent }) => agent.info(),
  guestUsers: ({ agent }) => agent.users(),
  guestFileSystems: ({ agent }) => agent.fileSystems(),
};

async function handle(
  manager: DomainManager,
  { method, params }: CheckedRequest,
): Promise<Methods[keyof Methods]['result']> {
  // Method and parameters belong together; the compiler cannot follow one name through two tables.
  return handlers[method](manager, params as never);
}

/** What it takes is loaded for guests that are probed. */
function probes({ agent, reports }: DomainManager): Service['probe'] {
  let programs: GuestPrograms | undefined;
  return async (question, gone) => {
    const [{ GuestPrograms: Programs }, { probeGuest }] = await Promise.all([
      import('./guest/exec.ts'),
      import('./guest/probe.ts'),
    ]);
    programs ??= new Programs(agent.channel);
    return probeGuest(question, { programs, report: reports.current, gone });
  };
}

/** How long a guest may take to draw its screen anew after it was woken, in milliseconds. */
const redrawMs = 500;
const wakeTimeoutMs = 3_000;

/** @throws MonovirtError when there is no screen. */
async function screenshot(manager: DomainManager, vncSocket: string, wake: boolean): Promise<Buffer> {
  const { hypervisor, uuid } = await manager.running();
  if (wake) {
    const signal = AbortSignal.timeout(wakeTimeoutMs);
    await wakeScreen(vncSocket, signal);
    await delay(redrawMs, signal);
  }
  return asPng(await hypervisor.screenshot(uuid));
}

/** A name may have come back with another VMI behind it. */
function refuseOther(own: string, other: string): void {
  if (own === other) return;
  throw new MonovirtError('WrongVmi', `this pod was made for the VMI with uid ${own}, not ${other}`, 'never');
}
