/** Makes and removes the pod that stands in as the first consumer of claims. */
import { pods } from '../../../api/kinds.ts';
import type { Pod, Vmi } from '../../../api/types.ts';
import { findObject } from '../../../kube/find.ts';
import { ApiError, isNotFound } from '../../../kube/types.ts';
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
  const owned = existing.metadata.ownerReferences?.some(({ uid }) => uid === vmi.metadata.uid) === true;
  if (!owned) throw taken(vmi);
  if (isOver(existing) && existing.status?.phase === 'Failed') await removeStandIn(client, vmi);
  return existing;
}

async function create(client: KubeClient, vmi: Vmi, launcher: DesiredPod): Promise<Pod | undefined> {
  try {
    return await client.create<Pod>(pods, consumerPod(vmi, launcher));
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
}

/** Idempotent. */
export async function removeStandIn(client: KubeClient, vmi: Vmi): Promise<void> {
  try {
    await client.delete(pods, consumerKey(vmi));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const taken = (vmi: Vmi): MonovirtError => {
  const { namespace, name } = consumerKey(vmi);
  return new MonovirtError(
    'PodNameTaken',
    `pod ${namespace}/${name} exists and does not belong to this VirtualMachineInstance; delete that pod`,
  );
};
