/** What is to be done about one VM. Pure: applying a plan twice does no harm. */
import { finalizers } from '../../api/constants.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Vm, Vmi, VmStatus } from '../../api/types.ts';
import type { VolumesWord } from './data-volumes.ts';
import { driftOf } from './drift.ts';
import type { VmSpec } from './start-spec.ts';
import { nextVmStatus } from './status.ts';
import type { Failure } from './status.ts';
import { actionFor } from './strategy.ts';
import type { Action } from './strategy.ts';
import { generationOf, hasController, isEnding, isInstanceOf } from './vmi-facts.ts';

export interface VmSnapshot {
  vm: Vm;
  /** The instance of the VM's name, whoever owns it. */
  vmi: Vmi | undefined;
  /** What the instance was started from, when that is known and may differ from what the VM is now. */
  started?: VmSpec | undefined;
  /** Why nothing can be started: what describes the guest beside the template is not to be had. */
  undescribed?: Failure | undefined;
  /** How the DataVolumes are that it brings along, while no instance says it. */
  volumes?: VolumesWord | undefined;
}

export interface Moment {
  now: Date;
  /** In [0, 1). */
  random: number;
}

export interface VmPlan {
  addFinalizer: boolean;
  removeFinalizer: boolean;
  /** The instance of the VM's name belongs to nobody: it becomes this VM's. */
  adopt: boolean;
  /** The generation that the instance shall carry, when only that has changed. */
  generation: string | undefined;
  action: Action;
  status: VmStatus;
}

export function decideVm(seen: VmSnapshot, moment: Moment): VmPlan {
  const { vm } = seen;
  const vmi = ownInstance(seen);
  if (vm.metadata.deletionTimestamp !== undefined) return ending(vm, vmi, moment);
  const adopt = isOrphan(seen.vmi);
  const taken = nameTaken(seen);
  const failure = taken ?? seen.undescribed;
  const idle = adopt || taken !== undefined;
  const wanted: Action = idle ? { do: 'nothing' } : actionFor(vm, vmi, moment.now);
  const action: Action = wanted.do === 'create' && failure !== undefined ? { do: 'nothing' } : wanted;
  return {
    addFinalizer: !hasFinalizer(vm),
    removeFinalizer: false,
    adopt,
    generation: newGeneration(seen, action),
    action,
    status: nextVmStatus({
      vm,
      vmi,
      started: seen.started,
      volumes: seen.volumes,
      action,
      failure,
      ...moment,
    }),
  };
}

/** Nobody's: as left by a VM that was deleted without its instance, or made by hand before its VM. */
function isOrphan(vmi: Vmi | undefined): boolean {
  return vmi !== undefined && !isEnding(vmi) && !hasController(vmi);
}

/** A change that leaves the template as it was makes no instance outdated. One that is about to go may stay so. */
function newGeneration(seen: VmSnapshot, action: Action): string | undefined {
  const vmi = ownInstance(seen);
  if (vmi === undefined || seen.started === undefined || action.do !== 'nothing' || isEnding(vmi))
    return undefined;
  const generation = String(seen.vm.metadata.generation);
  const due = generationOf(vmi) !== generation && driftOf(seen.vm, vmi, seen.started).current;
  return due ? generation : undefined;
}

/** The status of a VM whose action the API server refused. */
export function decideFailure(seen: VmSnapshot, failure: Failure, moment: Moment): VmStatus {
  const { vm, started, volumes } = seen;
  const [vmi, action] = [ownInstance(seen), { do: 'nothing' } as const];
  return nextVmStatus({ vm, vmi, started, volumes, action, failure, ...moment });
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
    adopt: false,
    generation: undefined,
    removeFinalizer: hasFinalizer(vm) && (vmi === undefined || orphaned),
    action,
    status: nextVmStatus({ vm, vmi, action, ...moment }),
  };
}

/** An instance that somebody made under the VM's name is never touched. */
function nameTaken({ vm, vmi }: VmSnapshot): Failure | undefined {
  if (vmi === undefined || isInstanceOf(vmi, vm) || isOrphan(vmi)) return undefined;
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
