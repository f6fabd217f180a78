/** Rules on which nodes a guest may run on; the same that the API server has for pods, said before a pod is made. */
import type { VmiSpecManifest } from '../manifests.ts';
import { duplicate, invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { isLabelKey, isLabelValue, labelCauses, labelKeyCauses, selectorCauses } from './labels.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

export function nodeSelectorIsLabels({ spec, path }: SpecContext): Cause[] {
  return labelCauses(spec.nodeSelector, `${path}.nodeSelector`);
}

export function tolerationIsPossible({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.tolerations, `${path}.tolerations`, ({ key, operator, value, ...rest }, field) => {
    const problems: Cause[] = [];
    if (operator === 'Exists' && value) {
      problems.push(invalid(`${field}.value`, `${field}.value must be empty when operator is Exists`));
    }
    if (!key && operator !== 'Exists') {
      problems.push(invalid(`${field}.operator`, `${field}.operator must be Exists when key is empty`));
    }
    if (rest.tolerationSeconds !== undefined && rest.effect !== 'NoExecute') {
      problems.push(
        invalid(`${field}.effect`, `${field}.effect must be NoExecute when tolerationSeconds is set`),
      );
    }
    return problems;
  });
}

export function tolerationNamesATaint({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.tolerations, `${path}.tolerations`, ({ key, value }, field) => [
    ...(key && !isLabelKey(key)
      ? [invalid(`${field}.key`, `${field}.key '${key}' is no name of a taint`)]
      : []),
    ...(value && !isLabelValue(value)
      ? [invalid(`${field}.value`, `${field}.value '${value}' is no value of a taint`)]
      : []),
  ]);
}

type Constraint = NonNullable<VmiSpecManifest['topologySpreadConstraints']>[number];

function forEachConstraint(
  { spec, path }: SpecContext,
  each: (constraint: Constraint, field: string) => Cause[],
): Cause[] {
  return forEachItem(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, each);
}

export function spreadIsPossible(context: SpecContext): Cause[] {
  return forEachConstraint(context, ({ maxSkew, topologyKey }, field) => [
    ...(maxSkew > 0
      ? []
      : [invalid(`${field}.maxSkew`, `${field}.maxSkew '${maxSkew}': must be greater than zero`)]),
    ...topologyKeyCauses(topologyKey, field),
  ]);
}

const actions = ['DoNotSchedule', 'ScheduleAnyway'];

export function spreadActionIsKnown(context: SpecContext): Cause[] {
  return forEachConstraint(context, ({ whenUnsatisfiable }, item) => {
    if (actions.includes(whenUnsatisfiable)) return [];
    const field = `${item}.whenUnsatisfiable`;
    return [
      notSupported(field, `${field} '${whenUnsatisfiable}' is not known; use one of: ${actions.join(', ')}`),
    ];
  });
}

export function spreadDomainsArePossible(context: SpecContext): Cause[] {
  return forEachConstraint(context, ({ minDomains, whenUnsatisfiable }, item) => {
    if (minDomains === undefined) return [];
    const field = `${item}.minDomains`;
    if (minDomains <= 0) return [invalid(field, `${field} '${minDomains}': must be greater than zero`)];
    if (whenUnsatisfiable === 'DoNotSchedule') return [];
    return [invalid(field, `${field} can only be set when ${item}.whenUnsatisfiable is DoNotSchedule`)];
  });
}

export function spreadSelectorIsPossible(context: SpecContext): Cause[] {
  return forEachConstraint(context, ({ labelSelector }, item) =>
    selectorCauses(labelSelector, `${item}.labelSelector`),
  );
}

export function spreadLabelKeysArePossible(context: SpecContext): Cause[] {
  return forEachConstraint(context, ({ matchLabelKeys, labelSelector }, item) =>
    labelKeyCauses(matchLabelKeys, labelSelector, `${item}.matchLabelKeys`),
  );
}

export function spreadConstraintsDiffer({ spec, path }: SpecContext): Cause[] {
  const constraints = spec.topologySpreadConstraints ?? [];
  const pair = ({ topologyKey, whenUnsatisfiable }: Constraint): string =>
    `{${topologyKey}, ${whenUnsatisfiable}}`;
  return repeats(constraints, pair).map(({ index, first }) => {
    const field = `${path}.topologySpreadConstraints`;
    return duplicate(
      `${field}[${index}]`,
      `${field}[${first}] and ${field}[${index}] must not have the same topologyKey and whenUnsatisfiable`,
    );
  });
}

/** The name of a label whose values tell parts of the cluster apart. */
export function topologyKeyCauses(key: string, item: string): Cause[] {
  const field = `${item}.topologyKey`;
  if (key === '')
    return [invalid(field, `${field} can not be empty; name a label such as kubernetes.io/hostname`)];
  return isLabelKey(key)
    ? []
    : [invalid(field, `${field} '${key}' is no name of a label, such as kubernetes.io/hostname`)];
}
