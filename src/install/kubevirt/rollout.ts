/** How far the node agents are. Pure. */
import type { KubeObject } from '../../api/types.ts';

export interface Rollout {
  done: boolean;
  message: string;
}

interface DaemonSetStatus {
  observedGeneration?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
}

/** Done when every node that is to have an agent has an available one of the current version. */
export function agentRollout(daemonSet: (KubeObject & { status?: DaemonSetStatus }) | undefined): Rollout {
  if (daemonSet === undefined) return { done: false, message: 'the node agents are being created' };
  const { observedGeneration = 0, desiredNumberScheduled = 0, ...counts } = daemonSet.status ?? {};
  if (observedGeneration < (daemonSet.metadata.generation ?? 1)) {
    return { done: false, message: 'the node agents wait for the DaemonSet controller' };
  }
  const [updated, available] = [counts.updatedNumberScheduled ?? 0, counts.numberAvailable ?? 0];
  const done = updated >= desiredNumberScheduled && available >= desiredNumberScheduled;
  const message = `${available} of ${desiredNumberScheduled} node agents are available, ${updated} are up to date`;
  return { done, message };
}
