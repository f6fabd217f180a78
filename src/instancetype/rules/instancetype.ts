/** Rules on instancetypes, of a namespace and of the cluster alike. */
import { tryParseQuantity } from '../../api/quantity.ts';
import type { InstancetypeSpec } from '../../api/types.ts';
import { invalid } from '../../api/validate/cause.ts';
import type { Cause } from '../../api/validate/cause.ts';
import { check } from '../../api/validate/rule.ts';
import type { Rule } from '../../api/validate/rule.ts';

const overcommit = 'spec.memory.overcommitPercent';

export function overcommitIsAPercentage({ memory }: InstancetypeSpec): Cause[] {
  const percent = memory.overcommitPercent ?? 0;
  if (percent >= 0 && percent <= 100) return [];
  return [invalid(overcommit, `${overcommit} '${percent}': must be in range between 0 and 100.`)];
}

/** Memory set aside for a guest alone cannot be promised twice. */
export function overcommitHasNoHugepages({ memory }: InstancetypeSpec): Cause[] {
  if (!memory.overcommitPercent || memory.hugepages === undefined) return [];
  return [
    invalid(
      overcommit,
      `${overcommit} and spec.memory.hugepages should not be requested together. Remove one of them`,
    ),
  ];
}

export function sizeIsPositive({ cpu, memory }: InstancetypeSpec): Cause[] {
  const causes: Cause[] = [];
  if (cpu.guest < 1) {
    causes.push(invalid('spec.cpu.guest', 'spec.cpu.guest must be at least 1: no guest runs without a CPU'));
  }
  if ((tryParseQuantity(memory.guest) ?? 0n) <= 0n) {
    causes.push(
      invalid(
        'spec.memory.guest',
        `spec.memory.guest '${memory.guest}': must be a positive size, such as 1Gi`,
      ),
    );
  }
  return causes;
}

export const instancetypeRules: readonly Rule<InstancetypeSpec>[] = [
  overcommitIsAPercentage,
  overcommitHasNoHugepages,
  sizeIsPositive,
];

export const validateInstancetype = (spec: InstancetypeSpec): Cause[] => check(instancetypeRules, spec);

/** What a user should know about an instancetype that is accepted. */
export const warningsOfInstancetype = ({ launchSecurity }: InstancetypeSpec): string[] =>
  launchSecurity === undefined
    ? []
    : ['launchSecurity is deprecated and will be removed in a future release. Use preference instead.'];
