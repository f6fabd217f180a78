/** What the launcher pod says. Pure. */
import type { Pod } from '../../api/types.ts';
import { sideContainerEnd, startProblem } from '../../controllers/vmi/pod-problems.ts';
import { explainUnschedulable } from '../../controllers/vmi/unschedulable.ts';
import { hasStarted, isOver, isTerminating } from '../../pod/facts.ts';
import type { Facts, Look } from './facts.ts';
import { conditionIn, station, warningOf } from './facts.ts';

const isAbsent: Look = ({ pods, unreadable }) => {
  if (pods.length > 0) return undefined;
  return unreadable.has('Pod')
    ? { state: 'unknown', text: 'you may not read pods' }
    : { state: 'wait', text: 'is not made yet' };
};

/** Asks about the pod that is there: `isAbsent` has spoken when there is none. */
const ofPod =
  (look: (pod: Pod, facts: Facts) => ReturnType<Look>): Look =>
  (facts) => {
    const [pod] = facts.pods;
    return pod === undefined ? undefined : look(pod, facts);
  };

const findsNoNode = ofPod((pod) => {
  const scheduled = conditionIn(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  const why = explainUnschedulable(scheduled.message ?? 'no node fits');
  return { state: 'problem', text: `${pod.metadata.name}: ${why}` };
});

const cannotStart = ofPod((pod) => {
  const found = startProblem(pod) ?? sideContainerEnd(pod);
  return found === undefined
    ? undefined
    : { state: 'problem', text: `${pod.metadata.name}: ${found.message}` };
});

/** The kubelet's own words for what it cannot mount stand only in events. */
const mountReasons = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodSandBox',
]);

const cannotMount = ofPod((pod, facts) => {
  if (hasStarted(pod) || isOver(pod)) return undefined;
  const warning = warningOf(facts, pod.metadata.uid);
  if (!mountReasons.has(warning?.reason ?? '')) return undefined;
  return { state: 'problem', text: `${pod.metadata.name}: ${warning?.message ?? ''}` };
});

const comesOrGoes = ofPod((pod) => {
  const phase = pod.status?.phase ?? 'Pending';
  if (isTerminating(pod) || isOver(pod))
    return { state: 'wait', text: `${pod.metadata.name} is ending (${phase})` };
  return hasStarted(pod) ? undefined : { state: 'wait', text: `${pod.metadata.name} is starting (${phase})` };
});

const runs = ofPod((pod) => ({
  state: 'ok',
  text: `${pod.metadata.name} runs on ${pod.spec?.nodeName ?? 'no node'}`,
}));

export const podStation = station(
  'launcher pod',
  isAbsent,
  findsNoNode,
  cannotStart,
  cannotMount,
  comesOrGoes,
  runs,
);
