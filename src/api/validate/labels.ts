/** Kubernetes' rules for labels and for what selects by them. */
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain } from './names.ts';
import { forEachItem } from './rule.ts';

const namePart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export function isLabelKey(key: string): boolean {
  const [name = '', ...prefix] = key.split('/').toReversed();
  return namePart.test(name) && prefix.length <= 1 && prefix.every(isDnsSubdomain);
}

export const isLabelValue = (value: string): boolean => value === '' || namePart.test(value);

/** How many values an operator takes. */
const arity: Readonly<Record<string, (count: number) => string | undefined>> = {
  In: (count) => (count > 0 ? undefined : 'at least one value'),
  NotIn: (count) => (count > 0 ? undefined : 'at least one value'),
  Exists: (count) => (count === 0 ? undefined : 'no values'),
  DoesNotExist: (count) => (count === 0 ? undefined : 'no values'),
  Gt: (count) => (count === 1 ? undefined : 'exactly one value'),
  Lt: (count) => (count === 1 ? undefined : 'exactly one value'),
};

export interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

/** What is wrong with one requirement. @param operators those that are known where it stands. */
export function requirementCauses(
  { key, operator, values }: Requirement,
  item: string,
  operators: readonly string[],
): Cause[] {
  const wanted = operators.includes(operator) ? arity[operator]?.(values?.length ?? 0) : undefined;
  return [
    ...(isLabelKey(key) ? [] : [invalid(`${item}.key`, `${item}.key '${key}' is no name of a label`)]),
    ...(operators.includes(operator)
      ? []
      : [
          invalid(
            `${item}.operator`,
            `${item}.operator '${operator}' is not a valid selector operator; use one of: ${operators.join(', ')}`,
          ),
        ]),
    ...(wanted === undefined
      ? []
      : [invalid(`${item}.values`, `${item}.values: operator ${operator} takes ${wanted}`)]),
  ];
}

/** What selects objects. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Requirement[];
}

/** What is wrong with a selector of objects. */
export function selectorCauses(selector: LabelSelector | undefined, field: string): Cause[] {
  return [
    ...labelCauses(selector?.matchLabels, `${field}.matchLabels`),
    ...forEachItem(selector?.matchExpressions, `${field}.matchExpressions`, (requirement, item) =>
      requirementCauses(requirement, item, ['In', 'NotIn', 'Exists', 'DoesNotExist']),
    ),
  ];
}

/** What is wrong with names of labels whose values are taken from the pod itself, to select by besides a selector. */
export function labelKeyCauses(
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
  field: string,
): Cause[] {
  if (!keys?.length) return [];
  if (selector === undefined)
    return [invalid(field, `${field} must not be specified when labelSelector is not set`)];
  const stated = new Set([
    ...Object.keys(selector.matchLabels ?? {}),
    ...(selector.matchExpressions ?? []).map(({ key }) => key),
  ]);
  return forEachItem(keys, field, (key, item) => {
    if (!isLabelKey(key)) return [invalid(item, `${item} '${key}' is no name of a label`)];
    return stated.has(key)
      ? [invalid(item, `${item} '${key}' is in labelSelector too; keep one of them`)]
      : [];
  });
}

/** What is wrong with labels that are asked for. */
export function labelCauses(labels: Record<string, string> | undefined, field: string): Cause[] {
  return Object.entries(labels ?? {})
    .filter(([key, value]) => !isLabelKey(key) || !isLabelValue(value))
    .map(([key, value]) =>
      invalid(field, `${field} '${key}: ${value}' is no label, such as kubernetes.io/arch: amd64`),
    );
}
