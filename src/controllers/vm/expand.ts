/** What an instance is made from: the VM's template after whatever else describes the guest was added to it. */
import type { Vm } from '../../api/types.ts';

export type Template = Vm['spec']['template'];

/**
 * Completes a VM's template; the VM itself stays as it is.
 * @throws MonovirtError with the reason that the VM's condition Failure shall carry.
 */
export type Expand = (vm: Vm, signal: AbortSignal) => Promise<Template>;

/** For VMs that nothing but their template describes. */
export const templateOf: Expand = (vm) => Promise.resolve(vm.spec.template);
