/** Creates the launcher pod: once, however often it is asked. */
import { pods } from '../../api/kinds.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { isPodOf } from '../../pod/facts.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { DesiredPod } from './pod.ts';

/**
 * @returns the pod when this call made it, undefined when it was there already.
 * @throws MonovirtError PodNameTaken when a pod of that name belongs to something else.
 * @throws ApiError when the API server refuses the pod: quota, admission, a missing priority class.
 */
export async function createPod(client: KubeClient, vmi: Vmi, pod: DesiredPod): Promise<Pod | undefined> {
  try {
    return await client.create<Pod>(pods, pod);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
  const { name, namespace } = pod.metadata;
  const existing = await client.get<Pod>(pods, { name, namespace });
  if (isPodOf(existing, vmi)) return undefined;
  throw new MonovirtError(
    'PodNameTaken',
    `pod ${namespace}/${name} exists and does not belong to this VirtualMachineInstance; delete that pod`,
  );
}
