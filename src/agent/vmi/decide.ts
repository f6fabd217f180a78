/** From what is seen of a VM on this node to what its VMI's status shall be and what is to be done. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { Condition, Vmi, VmiPhase, VmiStatus } from '../../api/types.ts';
import { timestamp } from '../../status/conditions.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import type { DomainState } from '../../libvirt/domain-state.ts';
import { graceSeconds } from '../../pod/grace.ts';
import { conditionsOf, isStarting } from './conditions.ts';
import { credentialsEvents } from './credentials.ts';
import { ioErrorEvents } from './io-error.ts';
import type { AgentEvent, Snapshot } from './snapshot.ts';
import { interfacesOf } from './interfaces.ts';
import { outcomeOfDomain, outcomeOfPod } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { troublesOf } from './troubles.ts';

export interface Decision {
  /** The whole status as it shall be; what others own is as it was. */
  status: VmiStatus;
  /** Recorded once the status is written. */
  events: readonly AgentEvent[];
  /** Ask the guest to stop. */
  shutdown: ShutdownRequest | undefined;
  /** What the pod's readiness gate shall say. */
  unpaused: boolean;
  /** Decide again after this many milliseconds, whatever happens. */
  requeueAfterMs: number | undefined;
}

export interface ShutdownRequest {
  gracePeriodSeconds: number;
  /** The end of that period, in milliseconds since 1970. */
  deadline: number;
  event: AgentEvent;
}

/** Decides from what was seen and the time alone; deciding twice gives the same and changes nothing. */
export function decide(seen: Snapshot, now: Date): Decision {
  const { vmi } = seen;
  if (!isOurs(seen))
    return {
      status: vmi.status ?? {},
      events: [],
      shutdown: shutdownOf(seen, now),
      unpaused: startsUnpaused(vmi),
      requeueAfterMs: undefined,
    };
  const outcome = outcomeOf(seen);
  const phase = outcome?.phase ?? livePhase(seen);
  const troubles = troublesOf(seen, now);
  const conditions = conditionsOf(seen, { phase, failure: troubles.failure, now });
  const status: VmiStatus = {
    ...vmi.status,
    ...phaseChange(vmi, phase, now),
    ...(outcome?.reason === undefined ? {} : { reason: outcome.reason }),
    ...guestFacts(seen, phase),
    ...listOf(vmi, conditions),
  };
  return {
    status,
    events: [
      ...eventsOf(vmi, phase),
      ...troubles.events,
      ...ioErrorEvents(vmi, conditions),
      ...credentialsEvents(vmi, conditions),
    ],
    shutdown: outcome === undefined ? shutdownOf(seen, now) : undefined,
    unpaused: phase === 'Running' ? !conditions.some(({ type }) => type === 'Paused') : startsUnpaused(vmi),
    requeueAfterMs: outcome === undefined ? troubles.againInMs : undefined,
  };
}

/** Before a guest runs its pod's gate says already what it will say then: that spares writes. */
const startsUnpaused = (vmi: Vmi): boolean => vmi.spec.startStrategy !== 'Paused';

/** From phase Scheduled until the end, on the node the VMI names, the status is the agent's to write. */
function isOurs({ vmi, node }: Snapshot): boolean {
  const { phase, nodeName } = vmi.status ?? {};
  return nodeName === node && (phase === 'Scheduled' || phase === 'Running');
}

function outcomeOf({ vmi, pod, launcher }: Snapshot): Outcome | undefined {
  const { report } = launcher;
  const seen = report === undefined ? undefined : outcomeOfDomain(vmi, report);
  return seen ?? (pod === undefined ? undefined : outcomeOfPod(pod));
}

const livingStates: ReadonlySet<DomainState> = new Set([
  'running',
  'blocked',
  'paused',
  'pmsuspended',
  'shutdown',
]);

/** The phase of a guest that has not ended. */
function livePhase({ vmi, launcher: { report } }: Snapshot): VmiPhase {
  const living = report !== undefined && livingStates.has(report.state) && !isStarting(vmi, report);
  return living || vmi.status?.phase === 'Running' ? 'Running' : 'Scheduled';
}

/** An empty list where there is none would be a write that changes nothing. */
function listOf(vmi: Vmi, conditions: Condition[]): VmiStatus {
  return conditions.length === 0 && vmi.status?.conditions === undefined ? {} : { conditions };
}

function phaseChange(vmi: Vmi, phase: VmiPhase, now: Date): VmiStatus {
  if (vmi.status?.phase === phase) return {};
  const transition = { phase, phaseTransitionTimestamp: timestamp(now) };
  return {
    phase,
    phaseTransitionTimestamps: [...(vmi.status?.phaseTransitionTimestamps ?? []), transition] as NonNullable<
      VmiStatus['phaseTransitionTimestamps']
    >,
  };
}

/** What a running guest's domain and pod tell about it; kept as it was when there is nothing to tell. */
function guestFacts({ vmi, pod, launcher: { report } }: Snapshot, phase: VmiPhase): VmiStatus {
  if (phase !== 'Running' || report === undefined) return {};
  return {
    runtimeUser: launcherUser,
    ...(report.machineType === undefined ? {} : { machine: { type: report.machineType } }),
    ...(report.guestAgent?.os === undefined ? {} : { guestOSInfo: report.guestAgent.os }),
    ...freezeStatus(vmi, report),
    ...(report.interfaces.length === 0 ? {} : { interfaces: interfacesOf(vmi, pod, report) }),
  };
}

/** Said while file systems rest, and taken back after. */
function freezeStatus({ status }: Vmi, { frozen }: DomainReport): VmiStatus {
  if (frozen === true) return { fsFreezeStatus: 'frozen' };
  const thawed: VmiStatus = { fsFreezeStatus: undefined };
  return status?.fsFreezeStatus === undefined ? {} : thawed;
}

/** What is told about a phase when it begins. */
const phaseEvents: Partial<Record<VmiPhase, readonly AgentEvent[]>> = {
  Running: [
    normal('Created', 'VirtualMachineInstance defined.'),
    normal('Started', 'VirtualMachineInstance started.'),
  ],
  Succeeded: [normal('Stopped', 'The VirtualMachineInstance was shut down.')],
  Failed: [{ type: 'Warning', reason: 'Stopped', message: 'The VirtualMachineInstance crashed.' }],
};

function eventsOf(vmi: Vmi, phase: VmiPhase): AgentEvent[] {
  if (vmi.status?.phase === phase) return [];
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const deleted = ended && vmi.metadata.deletionTimestamp !== undefined;
  return [...(phaseEvents[phase] ?? []), ...(deleted ? [normal('Deleted', 'Signaled Deletion')] : [])];
}

function normal(reason: string, message: string): AgentEvent {
  return { type: 'Normal', reason, message };
}

/**
 * A deleted VMI's guest is asked to stop, with what is left of its grace period, and asked again when that was
 * shortened meanwhile.
 */
function shutdownOf({ vmi, launcher }: Snapshot, now: Date): Decision['shutdown'] {
  const { deletionTimestamp } = vmi.metadata;
  if (deletionTimestamp === undefined || !launcher.connected) return undefined;
  const grace = graceSeconds(vmi.spec);
  const deadline = Date.parse(deletionTimestamp) + grace * 1000;
  if (launcher.shutdownAsked !== undefined && launcher.shutdownAsked <= deadline) return undefined;
  const left = Math.min(grace, (deadline - now.getTime()) / 1000);
  const gracePeriodSeconds = Math.max(0, Math.ceil(left));
  const event =
    gracePeriodSeconds === 0
      ? normal('Deleted', 'VirtualMachineInstance stopping')
      : normal('ShuttingDown', 'Signaled Graceful Shutdown');
  return { gracePeriodSeconds, deadline, event };
}
