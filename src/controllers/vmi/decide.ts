/**
 * What is to be done about one VMI: the phase machine up to Scheduled, the end of VMIs whose pod or node is
 * gone, and deletion. Pure.
 */
import { labels } from '../../api/constants.ts';
import type { Pod, Vmi, VmiPhase, VmiStatus } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { isFinal, guestStopped, hasStarted, isOver, isTerminating, launcherEnded } from '../../pod/facts.ts';
import { graceSeconds } from '../../pod/grace.ts';
import { leftBehindInMs } from './left-behind.ts';
import { hasFinalizer } from './metadata.ts';
import type { NodeHealth } from './node-health.ts';
import { earlyEnd, endOf, endsEarlyInMs, guaranteeProblem } from './pod-problems.ts';
import type { PodProblem } from './pod-problems.ts';
import { nextStatus } from './status.ts';
import { stuckInMs } from './stuck.ts';

export interface VmiSnapshot {
  vmi: Vmi;
  /** Pods that the VMI controls, by uid. */
  pods: readonly Pod[];
  /** Health of the node the VMI runs on; `alive` before it has one. */
  node: NodeHealth;
  /** What is said of a pod that is stuck. */
  trouble?: PodProblem | undefined;
}

export interface VmiEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface VmiPlan {
  /** Admission sets it; an instance that was made while admission was away gets it before its pod. */
  addFinalizer: boolean;
  createPod: boolean;
  /** Pods to delete, with the grace they are to have. */
  deletePods: readonly { pod: Pod; gracePeriodSeconds: number }[];
  /** Value of the label that hands the VMI to a node's agent. */
  nodeLabel: string | undefined;
  removeFinalizer: boolean;
  status: VmiStatus;
  events: readonly VmiEvent[];
  requeueAfterMs: number | undefined;
}

interface Transition {
  phase: VmiPhase | undefined;
  problem?: PodProblem;
}

/** What the launcher needs beyond the guest's grace, in seconds. */
const launcherGraceSeconds = 15;

/** Decides from what was seen and the time alone. Applying a plan twice does no harm. */
export function decideVmi(seen: VmiSnapshot, now: Date): VmiPlan {
  const { vmi } = seen;
  const pod = currentPod(seen.pods);
  const step = transition(seen, pod, now);
  const { phase, problem } = step;
  const deleting = vmi.metadata.deletionTimestamp !== undefined;
  const status = statusAfter(seen, pod, step, now);
  return {
    addFinalizer: !deleting && !hasFinalizer(vmi) && isUnprocessed(phase),
    createPod: !deleting && pod === undefined && isUnprocessed(phase),
    deletePods: deleting ? podsToDelete(seen) : podsLeftBehind(seen, now),
    nodeLabel: nodeLabel(vmi, pod, phase),
    removeFinalizer: deleting && seen.pods.length === 0 && hasFinalizer(vmi),
    status,
    events: eventsOf(vmi, status, problem),
    requeueAfterMs: againIn(seen, now),
  };
}

/** Milliseconds until its pod counts as stuck, 0 once it does: see `stuckInMs`. */
export function stuckIn({ vmi, pods }: VmiSnapshot, now: Date): number | undefined {
  if (vmi.status?.phase !== 'Scheduling' || vmi.metadata.deletionTimestamp !== undefined) return undefined;
  return stuckInMs(currentPod(pods), now);
}

/** The status and the event of a VMI whose pod the API server would not create. */
export function decideCreateFailure(
  vmi: Vmi,
  problem: PodProblem,
  now: Date,
): { status: VmiStatus; event: VmiEvent } {
  const status = nextStatus({ vmi, pod: undefined, phase: 'Pending', createFailure: problem, now });
  return { status, event: { type: 'Warning', reason: 'FailedCreate', message: problem.message } };
}

/** The pod that holds the guest: the youngest that is not ending, else the youngest. */
export function currentPod(pods: readonly Pod[]): Pod | undefined {
  const byAge = pods.toSorted((a, b) =>
    b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  );
  return byAge.find((pod) => !isTerminating(pod)) ?? byAge[0];
}

const isUnprocessed = (phase: VmiPhase | undefined): boolean => phase === undefined || phase === 'Pending';

type Step = (seen: VmiSnapshot, pod: Pod | undefined, now: Date) => Transition;

const stay =
  (phase: VmiPhase): Step =>
  () => ({ phase });

/** One step a phase; the compiler finds a missed one. */
const steps: Record<VmiPhase, Step> = {
  Pending: (_seen, pod) => ({ phase: pod === undefined ? 'Pending' : 'Scheduling' }),
  Scheduling: ({ vmi }, pod, now) => fromScheduling(vmi, pod, now),
  Scheduled: (seen, pod) => whileOnNode('Scheduled', seen, pod),
  Running: (seen, pod) => whileOnNode('Running', seen, pod),
  Succeeded: stay('Succeeded'),
  Failed: stay('Failed'),
  WaitingForSync: stay('WaitingForSync'),
  Unknown: stay('Unknown'),
};

function transition(seen: VmiSnapshot, pod: Pod | undefined, now: Date): Transition {
  const phase = (seen.vmi.status?.phase || undefined) as VmiPhase | undefined;
  if (phase === undefined) return { phase: pod === undefined ? undefined : 'Scheduling' };
  return steps[phase](seen, pod, now);
}

function fromScheduling(vmi: Vmi, pod: Pod | undefined, now: Date): Transition {
  if (pod === undefined) {
    const message = 'the launcher pod was deleted before the guest ran';
    return { phase: 'Failed', problem: { reason: 'PodDeleted', message } };
  }
  // A guest may run and be off again before the kubelet reports that its pod runs.
  if (guestStopped(pod) && !isTerminating(pod)) return { phase: 'Succeeded' };
  if (isOver(pod) || launcherEnded(pod)) return { phase: 'Failed', problem: endOf(pod) };
  if (isTerminating(pod)) {
    const deleting = vmi.metadata.deletionTimestamp !== undefined;
    return deleting ? { phase: 'Scheduling' } : { phase: 'Failed', problem: endOf(pod) };
  }
  const problem = earlyEnd(pod, now);
  if (problem !== undefined) return { phase: 'Failed', problem };
  return { phase: isReadyForGuest(vmi, pod) ? 'Scheduled' : 'Scheduling' };
}

const isReadyForGuest = (vmi: Vmi, pod: Pod): boolean =>
  hasStarted(pod) && guaranteeProblem(vmi, pod) === undefined;

/**
 * From Scheduled on the node agent reports how a guest ended. The controller steps in only where no agent ever
 * will: when the pod is gone without a word, or the node is.
 */
function whileOnNode(phase: VmiPhase, seen: VmiSnapshot, pod: Pod | undefined): Transition {
  if (seen.vmi.metadata.deletionTimestamp !== undefined && pod === undefined) return { phase };
  if (pod === undefined) {
    const message = 'the launcher pod is gone and nobody reported how the guest ended';
    return { phase: 'Failed', problem: { reason: 'PodDeleted', message } };
  }
  if (seen.node.state === 'dead') {
    return { phase: 'Failed', problem: { reason: 'NodeUnresponsive', message: seen.node.message } };
  }
  return { phase };
}

/** Set as soon as the pod has a node, so that the agent there sees the VMI while its images are pulled. */
function nodeLabel(vmi: Vmi, pod: Pod | undefined, phase: VmiPhase | undefined): string | undefined {
  const nodeName = pod?.spec?.nodeName;
  if (phase !== 'Scheduling' && phase !== 'Scheduled') return undefined;
  if (nodeName === undefined || nodeName === '') return undefined;
  return vmi.metadata.labels?.[labels.nodeName] === nodeName ? undefined : nodeName;
}

/** Pods not yet ending, and those ending more slowly than the VMI now asks. */
function podsToDelete({ vmi, pods }: VmiSnapshot): { pod: Pod; gracePeriodSeconds: number }[] {
  const own = graceSeconds(vmi.spec);
  const gracePeriodSeconds = own + launcherGraceSeconds;
  return pods
    .filter((pod) => {
      const current = pod.metadata.deletionGracePeriodSeconds;
      return !isTerminating(pod) || (current !== undefined && current > gracePeriodSeconds);
    })
    .map((pod) => ({ pod, gracePeriodSeconds }));
}

/** An instance that has ended and goes is gone in a moment: nobody reads what its pod does meanwhile. */
function statusAfter(
  { vmi, trouble }: VmiSnapshot,
  pod: Pod | undefined,
  { phase, problem }: Transition,
  now: Date,
): VmiStatus {
  if (vmi.status !== undefined && vmi.metadata.deletionTimestamp !== undefined && isFinal(vmi))
    return vmi.status;
  return nextStatus({ vmi, pod, phase, end: problem, trouble, now });
}

/** The containers that are left hold a pod up for ever after one has ended: nothing but deletion frees it. */
function podsLeftBehind({ vmi, pods }: VmiSnapshot, now: Date): { pod: Pod; gracePeriodSeconds: number }[] {
  if (!isFinal(vmi)) return [];
  return (
    pods
      .filter((pod) => leftBehindInMs(vmi, pod, now) === 0)
      // Not 0: that would forget the pod before its containers have ended.
      .map((pod) => ({ pod, gracePeriodSeconds: 1 }))
  );
}

/** When to look again although nothing changes, in milliseconds. */
function againIn(seen: VmiSnapshot, now: Date): number | undefined {
  if (seen.node.state === 'suspect') return seen.node.againInMs;
  const { vmi, pods } = seen;
  const leaves = isFinal(vmi) ? pods.map((pod) => leftBehindInMs(vmi, pod, now)) : [];
  return leaves.find(Boolean) ?? (endsEarlyIn(seen, now) || stuckIn(seen, now) || undefined);
}

function endsEarlyIn({ vmi, pods }: VmiSnapshot, now: Date): number | undefined {
  const pod = vmi.status?.phase === 'Scheduling' ? currentPod(pods) : undefined;
  return pod && endsEarlyInMs(pod, now);
}

/** What is told of an end says more than the condition that comes with it. */
const eventsOf = (vmi: Vmi, status: VmiStatus, end: PodProblem | undefined): VmiEvent[] =>
  end === undefined ? conditionEvents(vmi, status) : [{ type: 'Warning', ...end }];

/** A problem is told once, when its condition appears or changes its reason. */
function conditionEvents(vmi: Vmi, status: VmiStatus): VmiEvent[] {
  return ['Synchronized', 'PodScheduled'].flatMap((type) => {
    const before = conditionOf(vmi.status?.conditions, type);
    const after = conditionOf(status.conditions, type);
    if (after?.status !== 'False' || after.reason === undefined || after.reason === before?.reason) return [];
    return [{ type: 'Warning' as const, reason: after.reason, message: after.message ?? '' }];
  });
}
