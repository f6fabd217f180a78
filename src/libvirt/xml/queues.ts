/** How many queues devices get that may have several: one for each virtual processor. */
import type { Vmi } from '../../api/types.ts';

/** Linux opens a tap at most this many times. */
const maxTapQueues = 256;

function vcpus(vmi: Vmi): number {
  const { sockets = 1, cores = 1, threads = 1 } = vmi.spec.domain.cpu ?? {};
  return sockets * cores * threads;
}

/** Queues of each virtio disk; undefined when one is enough or none was asked for. */
export function diskQueues(vmi: Vmi): number | undefined {
  return vmi.spec.domain.devices.blockMultiQueue === true ? vcpus(vmi) : undefined;
}

/** Queues of each virtio interface and of its tap; undefined for a tap that is opened once. */
export function interfaceQueues(vmi: Vmi): number | undefined {
  const count = Math.min(vcpus(vmi), maxTapQueues);
  return vmi.spec.domain.devices.networkInterfaceMultiqueue === true && count > 1 ? count : undefined;
}
