/** Rules on VirtualMachinePools. */
import type { V1beta1VirtualMachinePoolSpec } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { selects } from '../../label-selector.ts';
import { invalid } from '../cause.ts';
import type { Cause } from '../cause.ts';
import { labelsIn, validateSelector } from '../selector.ts';

type PoolSpec = V1beta1VirtualMachinePoolSpec;

export function poolSelectorIsValid({ selector }: PoolSpec): Cause[] {
  return validateSelector(selector, 'spec.selector');
}

export function poolSelectorMatches({ selector, virtualMachineTemplate }: PoolSpec): Cause[] {
  const labels = labelsIn(virtualMachineTemplate.metadata);
  if (Object.keys(labels).length > 0 && selects(selector, labels)) return [];
  return [
    invalid(
      'spec.selector',
      'selector does not match labels. Give spec.virtualMachineTemplate.metadata.labels what it asks for',
    ),
  ];
}

export function poolMaxUnavailableIsUsable({ maxUnavailable }: PoolSpec): Cause[] {
  const field = 'spec.maxUnavailable';
  const value: unknown = maxUnavailable;
  if (value === undefined) return [];
  if (typeof value === 'number') {
    return value > 0 ? [] : [invalid(field, 'maxUnavailable must be greater than 0')];
  }
  const text = typeof value === 'string' ? value : '';
  if (!text.endsWith('%')) {
    return [invalid(field, `maxUnavailable percentage must end with %: use a number, or 1% to 100%`)];
  }
  const percentage = /^\d+%$/.test(text) ? Number(text.slice(0, -1)) : 0;
  if (percentage >= 1 && percentage <= 100) return [];
  return [invalid(field, `maxUnavailable percentage value ${text.slice(0, -1)} must be between 1 and 100`)];
}

export function poolUpdatesInOneWay({ updateStrategy }: PoolSpec): Cause[] {
  return onlyOne(updateStrategy, 'spec.updateStrategy');
}

export function poolScalesInInOneWay({ scaleInStrategy }: PoolSpec): Cause[] {
  return onlyOne(scaleInStrategy, 'spec.scaleInStrategy');
}

function onlyOne(strategies: object | undefined, field: string): Cause[] {
  const stated = Object.entries(strategies ?? {})
    .filter(([, strategy]) => strategy !== undefined && strategy !== null)
    .map(([name]) => name);
  if (stated.length <= 1) return [];
  return [
    invalid(
      field,
      `only one strategy can be configured at a time: but found ${stated.toSorted().join(', ')} strategies`,
    ),
  ];
}

export const poolRules = [
  poolSelectorIsValid,
  poolSelectorMatches,
  poolMaxUnavailableIsUsable,
  poolUpdatesInOneWay,
  poolScalesInInOneWay,
] as const;
