/** Rules on VirtualMachineInstanceMigrations and MigrationPolicies. */
import type {
  V1VirtualMachineInstanceMigrationSpec,
  V1alpha1MigrationPolicySpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { tryParseQuantity } from '../../quantity.ts';
import { forbidden, invalid, required } from '../cause.ts';
import type { Cause } from '../cause.ts';

type MigrationSpec = V1VirtualMachineInstanceMigrationSpec;
type PolicySpec = V1alpha1MigrationPolicySpec;

export function migrationNamesInstance({ vmiName }: MigrationSpec): Cause[] {
  return vmiName ? [] : [required('spec.vmiName', 'vmiName is missing: name the instance that is to move')];
}

/** Components decide which migration goes first; they do not come this way. */
export function migrationPriorityIsOurs(spec: MigrationSpec): Cause[] {
  if ((spec as { priority?: unknown }).priority === undefined) return [];
  return [
    forbidden(
      'spec.migrationPriority',
      'Migration priority queue, only virt-controller is allowed to set priority field; remove spec.priority',
    ),
  ];
}

export function migrationIdsAgree({ sendTo, receive }: MigrationSpec): Cause[] {
  if (!sendTo || !receive || sendTo.migrationID === receive.migrationID) return [];
  return [
    invalid(
      'spec.receive.migrationID',
      `sendTo migrationID ${sendTo.migrationID} does not match receive migrationID ${receive.migrationID}; use the same in both`,
    ),
  ];
}

export function policyTimeoutIsPositive({ completionTimeoutPerGiB = 0 }: PolicySpec): Cause[] {
  if (completionTimeoutPerGiB >= 0) return [];
  return [invalid('spec.completionTimeoutPerGiB', 'must not be negative: state seconds for each GiB')];
}

export function policyBandwidthIsPositive({ bandwidthPerMigration }: PolicySpec): Cause[] {
  if ((tryParseQuantity(bandwidthPerMigration) ?? 0n) >= 0n) return [];
  return [invalid('spec.bandwidthPerMigration', 'must not be negative: state bytes a second, such as 64Mi')];
}

export const migrationRules = [migrationNamesInstance, migrationPriorityIsOurs, migrationIdsAgree] as const;
export const policyRules = [policyTimeoutIsPositive, policyBandwidthIsPositive] as const;
