/** `vm list`: VMs with what their instances are doing. Pure; the command reads, this prints. */
import type { Vm, Vmi } from '../api/types.ts';
import { age } from './age.ts';
import { table } from './table.ts';

/**
 * @param allNamespaces adds a NAMESPACE column.
 * @returns the table, or a sentence when there is nothing to list.
 */
export function vmList(
  vms: readonly Vm[],
  vmis: readonly Vmi[],
  allNamespaces: boolean,
  now: number,
): string {
  if (vms.length === 0) return 'No virtual machines found.';
  const instances = new Map(vmis.map((vmi) => [`${vmi.metadata.namespace}/${vmi.metadata.name}`, vmi]));
  const scope = (vm: Vm): string[] => (allNamespaces ? [vm.metadata.namespace ?? ''] : []);
  const rows = vms.map((vm) => {
    const vmi = instances.get(`${vm.metadata.namespace}/${vm.metadata.name}`);
    return [...scope(vm), ...columns(vm, vmi), age(vm.metadata.creationTimestamp, now)];
  });
  const header = ['NAME', 'STATUS', 'READY', 'PHASE', 'IP', 'NODE', 'AGE'];
  return table(allNamespaces ? ['NAMESPACE', ...header] : header, rows);
}

function columns(vm: Vm, vmi: Vmi | undefined): string[] {
  const ready = vm.status?.ready === true ? 'True' : 'False';
  return [vm.metadata.name, vm.status?.printableStatus ?? '', ready, ...instanceColumns(vmi?.status)];
}

function instanceColumns(status: Vmi['status']): string[] {
  const { phase = '-', nodeName = '-', interfaces } = status ?? {};
  return [phase, interfaces?.[0]?.ipAddress ?? '-', nodeName];
}
