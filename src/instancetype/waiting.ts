/** Wakes VMs that wait for an instancetype or a preference. */
import type { KubeObject, Vm } from '../api/types.ts';
import { keyOf } from '../kube/types.ts';
import type { Informer, WorkQueue } from '../kube/types.ts';
import { currentRef, roles } from './find/matchers.ts';

/** Queues each VM that names what was just made or changed and has not kept it yet. */
export function wakeWaiting(
  described: Iterable<Informer<KubeObject>>,
  vms: Pick<Informer<Vm>, 'all'>,
  queue: Pick<WorkQueue, 'add'>,
): void {
  for (const informer of described) {
    informer.onChange(({ type, object }) => {
      if (type === 'deleted') return;
      for (const vm of vms.all()) if (waitsFor(vm, object.metadata.name)) queue.add(keyOf(vm));
    });
  }
}

/** One name too many wakes a VM for nothing; what it names by its volume is found when it is tried again. */
const waitsFor = (vm: Vm, name: string): boolean =>
  roles.some((role) => vm.spec[role.field]?.name === name && currentRef(role, vm) === undefined);
