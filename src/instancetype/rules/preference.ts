/** Rules on preferences, of a namespace and of the cluster alike. */
import type { PreferenceSpec } from '../../api/types.ts';
import { invalid } from '../../api/validate/cause.ts';
import type { Cause } from '../../api/validate/cause.ts';
import { check } from '../../api/validate/rule.ts';
import type { Rule } from '../../api/validate/rule.ts';
import {
  acrossOptions,
  deprecatedTopologies,
  preferredTopology,
  spreadOf,
  topologies,
} from '../prefer/topology.ts';

export function topologyIsKnown({ cpu }: PreferenceSpec): Cause[] {
  const topology = cpu?.preferredCPUTopology;
  if (topology === undefined || topologies.includes(topology)) return [];
  const known = Object.values(deprecatedTopologies).join(', ');
  return [
    invalid(
      'spec.cpu.preferredCPUTopology',
      `unknown preferredCPUTopology ${topology}; use one of: ${known}`,
    ),
  ];
}

export function spreadIsKnown(preference: PreferenceSpec): Cause[] {
  const { across } = spreadOf(preference);
  if (preferredTopology(preference) !== 'spread' || acrossOptions.includes(across)) return [];
  return [
    invalid(
      'spec.cpu.spreadOptions.across',
      `across ${across} is not supported; use one of: ${acrossOptions.join(', ')}`,
    ),
  ];
}

/** Processors have two threads a core. */
export function threadsAreTwo(preference: PreferenceSpec): Cause[] {
  const { across, ratio } = spreadOf(preference);
  if (preferredTopology(preference) !== 'spread' || across !== 'CoresThreads' || ratio === 2) return [];
  return [
    invalid(
      'spec.cpu.spreadOptions.ratio',
      'only a ratio of 2 (1 core 2 threads) is allowed when spreading vCPUs over cores and threads',
    ),
  ];
}

export function ratioIsPositive(preference: PreferenceSpec): Cause[] {
  const { ratio } = spreadOf(preference);
  if (ratio >= 1) return [];
  const field = 'spec.cpu.spreadOptions.ratio';
  return [invalid(field, `${field} '${ratio}': must be at least 1`)];
}

export const preferenceRules: readonly Rule<PreferenceSpec>[] = [
  topologyIsKnown,
  spreadIsKnown,
  threadsAreTwo,
  ratioIsPositive,
];

export const validatePreference = (spec: PreferenceSpec): Cause[] => check(preferenceRules, spec);

/** What a user should know about a preference that is accepted. */
export function warningsOfPreference({ cpu, volumes }: PreferenceSpec): string[] {
  const topology = cpu?.preferredCPUTopology ?? '';
  const today = deprecatedTopologies[topology];
  const warnings: string[] = [];
  if (today !== undefined) {
    warnings.push(
      `PreferredCPUTopology ${topology} is deprecated for removal in a future release, please use ${today} instead`,
    );
  }
  if (volumes?.preferredStorageClassName) {
    warnings.push(
      'spec.volumes.preferredStorageClassName has no effect in this release; name the class in spec.storage of the DataVolume template, or in the PersistentVolumeClaim',
    );
  }
  return warnings;
}
