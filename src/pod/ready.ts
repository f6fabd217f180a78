/** Whether a guest takes traffic: what its pod says once it runs. Pure. */
import type { Condition, Pod } from '../api/types.ts';
import { conditionOf } from '../status/conditions.ts';
import { isOver, isTerminating } from './facts.ts';

type Wanted = Omit<Condition, 'lastTransitionTime' | 'lastProbeTime'>;

const notReady = (reason: string, message: string): Wanted => ({
  type: 'Ready',
  status: 'False',
  reason,
  message,
});

/**
 * The condition Ready of a VMI. The controller keeps it; the node agent says it once, with the phase Running,
 * which spares a write and the time until the controller has seen that phase.
 */
export function readyCondition(pod: Pod | undefined, phase: string | undefined): Wanted {
  if (pod === undefined) return notReady('PodNotExists', 'the launcher pod does not exist');
  if (isTerminating(pod) || isOver(pod)) return notReady('PodTerminating', 'the launcher pod is ending');
  if (phase !== 'Running') return notReady('GuestNotRunning', 'the guest is not running');
  const ready = conditionOf(pod.status?.conditions, 'Ready');
  if (ready === undefined) return notReady('PodConditionMissing', 'the launcher pod has no Ready condition');
  return {
    type: 'Ready',
    status: ready.status,
    ...(ready.reason === undefined ? {} : { reason: ready.reason }),
    ...(ready.message === undefined ? {} : { message: ready.message }),
  };
}
