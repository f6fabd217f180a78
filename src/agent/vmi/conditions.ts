/** The conditions of a VMI that the node agent owns, from what is seen of its guest. Pure. */
import type { Condition, Vmi, VmiPhase } from '../../api/types.ts';
import type { DomainReport, WireError } from '../../launcher/protocol.ts';
import { readyCondition } from '../../pod/ready.ts';
import { conditionOf, withCondition, withoutCondition } from '../../status/conditions.ts';
import { ioErrorOf } from './io-error.ts';
import { credentialsCondition } from './credentials.ts';
import type { Snapshot } from './snapshot.ts';
import { syncFailed, syncFailedReason } from './troubles.ts';
import type { Wanted } from './troubles.ts';

export interface Finding {
  phase: VmiPhase;
  failure: WireError | undefined;
  now: Date;
}

/** All conditions of the VMI; those of others are as they were. */
export function conditionsOf(seen: Snapshot, { phase, failure, now }: Finding): Condition[] {
  const { vmi, launcher } = seen;
  const before = (vmi.status?.conditions ?? []) as Condition[];
  const list = phase === 'Running' ? runningConditions(seen, before, now) : withoutGuest(before);
  if (failure !== undefined) return withCondition(list, syncFailed(failure), now);
  const started = launcher.report !== undefined && launcher.report.state !== 'absent';
  return started ? withoutOwnSyncFailure(list) : list;
}

/** What is true of a guest only while it runs. */
const ofGuest = [
  'Paused',
  'AgentConnected',
  'AgentVersionNotSupported',
  'AccessCredentialsSynchronized',
] as const;

const withoutGuest = (list: Condition[]): Condition[] =>
  ofGuest.reduce((conditions, type) => withoutCondition(conditions, type), list);

function runningConditions(seen: Snapshot, before: Condition[], now: Date): Condition[] {
  const { vmi, pod, launcher } = seen;
  const ready = readyCondition(pod, 'Running');
  const told = conditionOf(pod?.status?.conditions, 'Ready') !== undefined;
  const begins = vmi.status?.phase !== 'Running' && told;
  const known = [...(begins ? [ready] : []), notMigratable, storageNotMigratable];
  const list = known.reduce((conditions, wanted) => withCondition(conditions, wanted, now), before);
  // An agent that has just started knows nothing yet: a paused guest is still paused.
  const { report } = launcher;
  if (report === undefined) return list;
  return ofGuest.reduce((conditions, type) => {
    const wanted = guestCondition[type](vmi, report);
    return wanted === undefined ? withoutCondition(conditions, type) : withCondition(conditions, wanted, now);
  }, list);
}

const notMigratable = {
  type: 'LiveMigratable',
  status: 'False',
  reason: 'NotMigratable',
  message: 'live migration is not offered: stop the VM and start it again to move it to another node',
} as const;

const storageNotMigratable = {
  type: 'StorageLiveMigratable',
  status: 'False',
  reason: 'NotMigratable',
  message:
    'volumes are not moved while a guest runs: stop the VM, copy the volume and name the copy in spec.template.spec.volumes',
} as const;

const guestCondition: Record<
  (typeof ofGuest)[number],
  (vmi: Vmi, report: DomainReport) => Wanted | undefined
> = {
  Paused: pausedCondition,
  AgentConnected: (_vmi, { guestAgent }) =>
    guestAgent === undefined ? undefined : { type: 'AgentConnected', status: 'True' },
  AgentVersionNotSupported: (_vmi, { guestAgent }) =>
    guestAgent === undefined || guestAgent.supported ? undefined : agentTooOld,
  AccessCredentialsSynchronized: credentialsCondition,
};

const agentTooOld: Wanted = {
  type: 'AgentVersionNotSupported',
  status: 'True',
  reason: 'UnsupportedGuestAgent',
  message:
    'the guest agent does not know the commands that guest information needs; update qemu-guest-agent in the guest',
};

function pausedCondition(vmi: Vmi, report: DomainReport): Wanted | undefined {
  if (report.state !== 'paused' || isStarting(vmi, report)) return undefined;
  if (report.reason === 'ioError') {
    return paused('PausedIOError', `VMI was paused, low-level IO error detected${ioErrorOf(vmi, report)}`);
  }
  return paused('PausedByUser', 'VMI was paused by user');
}

const paused = (reason: string, message: string): Wanted => ({
  type: 'Paused',
  status: 'True',
  reason,
  message,
});

/** QEMU starts paused for a moment; only a VMI that wants to start paused stays so. */
export function isStarting(vmi: Vmi, report: DomainReport): boolean {
  return report.state === 'paused' && report.reason === 'startingUp' && vmi.spec.startStrategy !== 'Paused';
}

/** Only our own complaint is taken back: the controller has its own under the same type. */
function withoutOwnSyncFailure(list: Condition[]): Condition[] {
  return list.filter(({ type, reason }) => type !== 'Synchronized' || reason !== syncFailedReason);
}
