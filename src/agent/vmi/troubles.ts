/** What keeps a guest from starting, as its VMI says it. Pure. */
import type { Condition } from '../../api/types.ts';
import type { WireError } from '../../launcher/protocol.ts';
import { explainInUse } from './in-use.ts';
import type { AgentEvent, Snapshot } from './snapshot.ts';

/** How long a pod whose containers all run may stay without a guest before its VMI says so, in milliseconds. */
const slowStartMs = 60_000;
/** KubeVirt's reason, though not CamelCase: tools look for it. */
export const syncFailedReason = 'Synchronizing with the Domain failed.';

export type Wanted = Omit<Condition, 'lastTransitionTime' | 'lastProbeTime'>;

export interface Troubles {
  failure: WireError | undefined;
  /** To be told with the condition. Failures that the launcher names are told by the session, as they come. */
  events: readonly AgentEvent[];
  /** When to look again, in milliseconds: the start will then count as slow. */
  againInMs: number | undefined;
}

/** A failure that was reported; or that nothing is heard of a guest for too long. */
export function troublesOf(seen: Snapshot, now: Date): Troubles {
  const { failure, report } = seen.launcher;
  const reported = failure ?? report?.failure;
  const known = reported && explainInUse(reported, seen.vmi, seen.neighbours?.() ?? []);
  const slowInMs = slowStartIn(seen, now);
  if (known !== undefined || slowInMs === undefined)
    return { failure: known, events: [], againInMs: undefined };
  if (slowInMs > 0) return { failure: undefined, events: [], againInMs: slowInMs };
  const slow = slowStart(seen);
  return { failure: slow, events: untold(seen, slow), againInMs: undefined };
}

/** Milliseconds until a start counts as slow, 0 once it does; undefined when nothing is waited for. */
function slowStartIn({ vmi, launcher: { report } }: Snapshot, now: Date): number | undefined {
  const { phase, phaseTransitionTimestamps = [] } = vmi.status ?? {};
  const started = report !== undefined && report.state !== 'absent';
  if (phase !== 'Scheduled' || started || vmi.metadata.deletionTimestamp !== undefined) return undefined;
  const since = phaseTransitionTimestamps.findLast((entry) => entry.phase === phase);
  const passed = now.getTime() - Date.parse(String(since?.phaseTransitionTimestamp));
  return Number.isNaN(passed) ? undefined : Math.max(0, slowStartMs - passed);
}

function slowStart({ launcher, pod }: Snapshot): WireError {
  const log = `its log may say why: kubectl logs ${pod?.metadata.name ?? '<pod>'} -c compute`;
  return launcher.connected
    ? { reason: 'GuestStartSlow', message: `the launcher has not started the guest yet; ${log}` }
    : { reason: 'LauncherUnresponsive', message: `the launcher does not answer the node agent; ${log}` };
}

function untold({ vmi }: Snapshot, failure: WireError): AgentEvent[] {
  const { message } = syncFailed(failure);
  const told = ((vmi.status?.conditions ?? []) as Condition[]).some((entry) => entry.message === message);
  return told ? [] : [{ type: 'Warning', reason: 'SyncFailed', message }];
}

export const syncFailed = ({ reason, message }: WireError): Wanted & { message: string } => ({
  type: 'Synchronized',
  status: 'False',
  reason: syncFailedReason,
  message: `${reason}: ${message}`,
});
