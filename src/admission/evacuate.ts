/** The one thing that admission writes: that a VMI is to leave its node. */
import { virtualMachineInstances } from '../api/kinds.ts';
import { keyOf } from '../kube/types.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Evacuate } from './webhook.ts';

/** Whoever moves guests acts on `status.evacuationNodeName` and clears it. */
export function evacuator(client: Pick<KubeClient, 'patch'>): Evacuate {
  return async (vmi, { node, descheduler }, signal) => {
    const key = keyOf(vmi);
    if (descheduler) {
      const body = { metadata: { annotations: { 'kubevirt.io/eviction-source': 'descheduler' } } };
      await client.patch(virtualMachineInstances, key, { type: 'merge', body }, { signal });
    }
    const body = { metadata: { uid: vmi.metadata.uid }, status: { evacuationNodeName: node } };
    const options = { subresource: 'status', signal };
    await client.patch(virtualMachineInstances, key, { type: 'merge', body }, options);
  };
}
