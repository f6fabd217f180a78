/** The pod condition that takes a paused VM out of its services. */
import { pods } from '../../api/kinds.ts';
import type { Pod } from '../../api/types.ts';
import { conditionOf, timestamp } from '../../status/conditions.ts';
import { unpausedGate } from '../../pod/names.ts';
import { keyOf } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';

/**
 * Writes the condition when the pod has the gate and says something else. Server-side apply keeps apart what
 * the kubelet writes to the same list; the uid keeps a namesake of the pod safe.
 */
export async function writeReadinessGate(
  client: KubeClient,
  pod: Pod,
  { unpaused, now, fieldManager }: { unpaused: boolean; now: Date; fieldManager: string },
): Promise<void> {
  const gated = pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === unpausedGate);
  const status = unpaused ? 'True' : 'False';
  if (gated !== true || conditionOf(pod.status?.conditions, unpausedGate)?.status === status) return;
  const condition = {
    type: unpausedGate,
    status,
    lastTransitionTime: timestamp(now),
    reason: unpaused ? 'NotPaused' : 'Paused',
    message: unpaused ? 'the virtual machine is not paused' : 'the virtual machine is paused',
  };
  const intent = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...keyOf(pod), uid: pod.metadata.uid },
    status: { conditions: [condition] },
  };
  await client.apply(pods, intent, { subresource: 'status', fieldManager, force: true });
}
