/** The pod condition that takes a paused VM out of its services. */
import { pods } from '../../api/kinds.ts';
import type { Pod } from '../../api/types.ts';
import { conditionOf, timestamp } from '../../status/conditions.ts';
import { unpausedGate } from '../../pod/names.ts';
import { keyOf } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';

/** How long the cache may take to show a write before it counts as lost. */
const staleMs = 5_000;

type Status = 'True' | 'False';

export interface ReadinessGates {
  /** Writes the condition when the pod has the gate and says something else. */
  write(pod: Pod, unpaused: boolean, now: Date): Promise<void>;
  /** Drops what is remembered of a pod. */
  forget(podUid: string): void;
}

/**
 * Server-side apply keeps apart what the kubelet writes to the same list; the uid keeps a namesake of the pod
 * safe. What was written is remembered until the cache shows it: a starting pod changes many times before.
 */
export function createReadinessGates(
  client: Pick<KubeClient, 'apply'>,
  fieldManager: string,
): ReadinessGates {
  const pending = new Map<string, { status: Status; at: number }>();
  const isPending = (uid: string, status: Status, now: Date): boolean => {
    const written = pending.get(uid);
    return written?.status === status && now.getTime() - written.at < staleMs;
  };
  return {
    forget: (podUid) => void pending.delete(podUid),
    async write(pod, unpaused, now) {
      const { uid } = pod.metadata;
      const status = unpaused ? 'True' : 'False';
      if (!isGated(pod) || isPending(uid, status, now)) return;
      pending.delete(uid);
      if (conditionOf(pod.status?.conditions, unpausedGate)?.status === status) return;
      await client.apply(pods, intentOf(pod, status, now), {
        subresource: 'status',
        fieldManager,
        force: true,
      });
      pending.set(uid, { status, at: now.getTime() });
    },
  };
}

const isGated = (pod: Pod): boolean =>
  pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === unpausedGate) === true;

function intentOf(pod: Pod, status: Status, now: Date): unknown {
  const paused = status === 'False';
  const condition = {
    type: unpausedGate,
    status,
    lastTransitionTime: timestamp(now),
    reason: paused ? 'Paused' : 'NotPaused',
    message: paused ? 'the virtual machine is paused' : 'the virtual machine is not paused',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...keyOf(pod), uid: pod.metadata.uid },
    status: { conditions: [condition] },
  };
}
