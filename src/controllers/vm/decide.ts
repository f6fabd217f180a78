/** What is to be done about one VM. Pure: applying a plan twice does no harm. */
import { finalizers } from '../../api/constants.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Vm, Vmi, VmStatus } from '../../api/types.ts';
import { nextVmStatus } from './status.ts';
import type { Failure } from './status.ts';
import { actionFor } from './strategy.ts';
import type { Action } from './strategy.ts';
import { isEnding, isInstanceOf } from './vmi-facts.ts';

export interface VmSnapshot {
  vm: Vm;
  /** The instance of the VM's name, whoever owns it. */
  vmi: Vmi | undefined;
}

export interface Moment {
  now: Date;
  /** In [0, 1). */
  random: number;
}

export interface VmPlan {
  addFinalizer: boolean;
  removeFinalizer: boolean;
  action: Action;
  status: VmStatus;
}

export function decideVm(seen: VmSnapshot, moment: Moment): VmPlan {
  const { vm } = seen;
  const vmi = ownInstance(seen);
  if (vm.metadata.deletionTimestamp !== undefined) return ending(vm, vmi, moment);
  const failure = nameTaken(seen);
  const action: Action = failure === undefined ? actionFor(vm, vmi, moment.now) : { do: 'nothing' };
  return {
    addFinalizer: !hasFinalizer(vm),
    removeFinalizer: false,
    action,
    status: nextVmStatus({ vm, vmi, action, failure, ...moment }),
  };
}

/** The status of a VM whose action the API server refused. */
export function decideFailure(seen: VmSnapshot, failure: Failure, moment: Moment): VmStatus {
  return nextVmStatus({ vm: seen.vm, vmi: ownInstance(seen), action: { do: 'nothing' }, failure, ...moment });
}

function ownInstance({ vm, vmi }: VmSnapshot): Vmi | undefined {
  return vmi !== undefined && isInstanceOf(vmi, vm) ? vmi : undefined;
}

/** The instance goes first, so that it can end gracefully; orphaning was the user's wish. */
function ending(vm: Vm, vmi: Vmi | undefined, moment: Moment): VmPlan {
  const orphaned = vm.metadata.finalizers?.includes('orphan') === true;
  const action: Action =
    vmi === undefined || orphaned || isEnding(vmi) ? { do: 'nothing' } : { do: 'delete' };
  return {
    addFinalizer: false,
    removeFinalizer: hasFinalizer(vm) && (vmi === undefined || orphaned),
    action,
    status: nextVmStatus({ vm, vmi, action, ...moment }),
  };
}

/** An instance that somebody made under the VM's name is never touched. */
function nameTaken({ vm, vmi }: VmSnapshot): Failure | undefined {
  if (vmi === undefined || isInstanceOf(vmi, vm)) return undefined;
  return foreignInstance(vmi);
}

const hasFinalizer = (vm: Vm): boolean => vm.metadata.finalizers?.includes(finalizers.vm) === true;

/** Says that another owner's instance has the name. */
export function foreignInstance(vmi: Vmi): MonovirtError {
  return new MonovirtError(
    'FailedCreate',
    `VirtualMachineInstance ${vmi.metadata.namespace ?? ''}/${vmi.metadata.name} exists and does not belong to this VirtualMachine; delete it, or give the VirtualMachine another name`,
  );
}
