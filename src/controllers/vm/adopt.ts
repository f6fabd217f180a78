/** Takes an instance that belongs to nobody into a VM's care. */
import { virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import { keyOf } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { writeMetadata } from '../../status/write-status.ts';
import { ownerReferenceTo } from './instance.ts';

/**
 * Makes the VM the instance's controller, unless the VM is about to go: a cache may not show yet that it was
 * deleted and its instance left to live.
 * @throws ApiError 409 when the instance has changed since it was read.
 */
export async function adopt(client: KubeClient, vm: Vm, vmi: Vmi): Promise<void> {
  const fresh = await findObject<Vm>(client, virtualMachines, keyOf(vm));
  if (fresh?.metadata.uid !== vm.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) return;
  const ownerReferences = [...(vmi.metadata.ownerReferences ?? []), ownerReferenceTo(vm)];
  await writeMetadata(client, virtualMachineInstances, vmi, { ownerReferences });
}
