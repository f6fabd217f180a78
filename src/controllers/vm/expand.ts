/** What an instance is made from: the VM's template after whatever else describes the guest was added to it. */
import type { Vm } from '../../api/types.ts';
import type { KubeClient } from '../../kube/types.ts';

export type Template = Vm['spec']['template'];

/**
 * Completes a VM's template; the VM itself stays as it is.
 * @throws MonovirtError with the reason that the VM's condition Failure shall carry.
 */
export type Expand = (vm: Vm, signal: AbortSignal) => Promise<Template>;

/** For VMs that nothing but their template describes. */
export const templateOf: Expand = (vm) => Promise.resolve(vm.spec.template);

/**
 * Keeps whatever else describes a VM's guest, so that it stays what it was when the VM first named it.
 * @returns the VM with the status that names what is kept; the same object when there is nothing to do.
 * @throws MonovirtError with the reason that the VM's condition Failure shall carry.
 */
export type Capture = (vm: Vm, client: KubeClient, signal: AbortSignal) => Promise<Vm>;
