/** How many queues disks get: one for each virtual processor, where that was asked for. */
import type { Vmi } from '../../api/types.ts';
import { vcpus } from '../../api/vcpus.ts';

/** Queues of each virtio disk; undefined for the usual number. */
export function diskQueues(vmi: Vmi): number | undefined {
  return vmi.spec.domain.devices.blockMultiQueue === true ? vcpus(vmi.spec) : undefined;
}
