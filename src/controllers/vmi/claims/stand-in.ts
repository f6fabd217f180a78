/** Makes and removes the pod that stands in as the first consumer of claims. */
import { pods } from '../../../api/kinds.ts';
import type { Pod, Vmi } from '../../../api/types.ts';
import { findObject } from '../../../kube/find.ts';
import { ApiError, isConflict, isNotFound, keyOf } from '../../../kube/types.ts';
import type { Key, KubeClient } from '../../../kube/types.ts';
import { isOver } from '../../../pod/facts.ts';
import { MonovirtError } from '../../../support/errors.ts';
import type { DesiredPod } from '../pod.ts';
import { consumerName, consumerPod } from './consumer.ts';

export const consumerKey = (vmi: Vmi): Key => ({
  namespace: vmi.metadata.namespace ?? 'default',
  name: consumerName(vmi),
});

/**
 * Makes sure that there is one. One that ended without success is removed, and its going brings the next attempt.
 * @throws MonovirtError PodNameTaken when a pod of that name belongs to something else.
 */
export async function standIn(client: KubeClient, vmi: Vmi, launcher: DesiredPod): Promise<Pod | undefined> {
  const existing = await findObject<Pod>(client, pods, consumerKey(vmi));
  if (existing === undefined) return create(client, vmi, launcher);
  if (!isOf(vmi, existing)) throw taken(vmi);
  if (isOver(existing) && existing.status?.phase === 'Failed') await remove(client, existing);
  return existing;
}

const isOf = ({ metadata: { uid: owner } }: Vmi, pod: Pod): boolean =>
  pod.metadata.ownerReferences?.some(({ uid }) => uid === owner) === true;

async function create(client: KubeClient, vmi: Vmi, launcher: DesiredPod): Promise<Pod | undefined> {
  try {
    return await client.create<Pod>(pods, consumerPod(vmi, launcher));
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
}

/** Removes the one that is the instance's, and nobody else's pod of that name. Idempotent. */
export async function removeStandIn(client: KubeClient, vmi: Vmi): Promise<void> {
  const existing = await findObject<Pod>(client, pods, consumerKey(vmi));
  if (existing !== undefined && isOf(vmi, existing)) await remove(client, existing);
}

async function remove(client: KubeClient, pod: Pod): Promise<void> {
  try {
    await client.delete(pods, keyOf(pod), { uid: pod.metadata.uid });
  } catch (error) {
    // A conflict says that the name is another pod's by now.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

const taken = (vmi: Vmi): MonovirtError => {
  const { namespace, name } = consumerKey(vmi);
  return new MonovirtError(
    'PodNameTaken',
    `pod ${namespace}/${name} exists and does not belong to this VirtualMachineInstance; delete that pod`,
  );
};
