/** Rules on VirtualMachineSnapshots and VirtualMachineRestores. */
import type {
  V1beta1VirtualMachineRestoreSpec,
  V1beta1VirtualMachineSnapshotSpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { invalid, required } from '../cause.ts';
import type { Cause } from '../cause.ts';
import { forEachItem } from '../rule.ts';
import { namesVirtualMachine } from './reference.ts';

type RestoreSpec = V1beta1VirtualMachineRestoreSpec;

export function snapshotIsOfMachine({ source }: V1beta1VirtualMachineSnapshotSpec): Cause[] {
  return namesVirtualMachine(source, 'spec.source');
}

export function restoreIsToMachine({ target }: RestoreSpec): Cause[] {
  return namesVirtualMachine(target, 'spec.target');
}

export function restoreOverridesSay({ volumeRestoreOverrides }: RestoreSpec): Cause[] {
  return forEachItem(volumeRestoreOverrides, 'spec.volumeRestoreOverrides', (override, path) => {
    const { volumeName, restoreName, annotations, labels } = override;
    if (!volumeName) return [required(`${path}.volumeName`, 'must provide a volume name')];
    if (restoreName || annotations || labels) return [];
    return [
      required(
        path,
        'must provide at least one overriden field: state restoreName, labels or annotations of the new claim',
      ),
    ];
  });
}

const volumePolicies = ['InPlace', 'RandomizeNames', 'PrefixTargetName'];
const ownershipPolicies = ['Vm', 'None'];

export function restoreVolumePolicyIsKnown({ volumeRestorePolicy: policy }: RestoreSpec): Cause[] {
  if (policy === undefined || volumePolicies.includes(policy)) return [];
  const message = `volume restore policy "${policy}" doesn't exist; use one of: ${volumePolicies.join(', ')}`;
  return [invalid('spec.volumeRestorePolicy', message)];
}

export function restoreOwnershipPolicyIsKnown({ volumeOwnershipPolicy: policy }: RestoreSpec): Cause[] {
  if (policy === undefined || ownershipPolicies.includes(policy)) return [];
  const message = `volume ownership policy "${policy}" doesn't exist; use one of: ${ownershipPolicies.join(', ')}`;
  return [invalid('spec.volumeOwnershipPolicy', message)];
}

export const snapshotRules = [snapshotIsOfMachine] as const;
export const restoreRules = [
  restoreIsToMachine,
  restoreOverridesSay,
  restoreVolumePolicyIsKnown,
  restoreOwnershipPolicyIsKnown,
] as const;
