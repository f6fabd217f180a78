/** What a VM's instance says of itself. Pure. */
import { annotations } from '../../api/constants.ts';
import { isStartRevisionOf } from '../../api/revision-names.ts';
import type { Vm, Vmi } from '../../api/types.ts';

export const isEnding = (vmi: Vmi): boolean => vmi.metadata.deletionTimestamp !== undefined;

/** Whether the guest has ever run: what parts a crash from a start that fails. */
export function hasRun(vmi: Vmi): boolean {
  if (vmi.status?.phase === 'Running') return true;
  return vmi.status?.phaseTransitionTimestamps?.some((entry) => entry.phase === 'Running') === true;
}

export function isInstanceOf(vmi: Vmi, vm: Vm): boolean {
  return (
    vmi.metadata.ownerReferences?.some(
      (owner) => owner.controller === true && owner.uid === vm.metadata.uid,
    ) === true
  );
}

export const hasController = (vmi: Vmi): boolean =>
  vmi.metadata.ownerReferences?.some((owner) => owner.controller === true) === true;

/** Whether the instance carries the VM's generation: of this VM, not of one that had its name before. */
export function carriesGeneration(vmi: Vmi, vm: Vm): boolean {
  const revision = vmi.status?.virtualMachineRevisionName;
  const others = revision !== undefined && !isStartRevisionOf(revision, vm.metadata.uid);
  return !others && generationOf(vmi) === String(vm.metadata.generation);
}

/** The generation of its VM that an instance says to be. */
export const generationOf = (vmi: Vmi): string | undefined =>
  vmi.metadata.annotations?.[annotations.vmGeneration];
