/** Rules on where a guest may run; the same that the API server has for pods, said before a pod is made. */
import type { VmiSpecManifest } from '../manifests.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const namePart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function isLabelKey(key: string): boolean {
  const [name = '', ...prefix] = key.split('/').toReversed();
  return namePart.test(name) && prefix.length <= 1 && prefix.every(isDnsSubdomain);
}

const isLabelValue = (value: string): boolean => value === '' || namePart.test(value);

export function nodeSelectorIsLabels({ spec, path }: SpecContext): Cause[] {
  const field = `${path}.nodeSelector`;
  return Object.entries(spec.nodeSelector ?? {})
    .filter(([key, value]) => !isLabelKey(key) || !isLabelValue(value))
    .map(([key, value]) =>
      invalid(field, `${field} '${key}: ${value}' is no label, such as kubernetes.io/arch: amd64`),
    );
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

export function spreadIsPossible({ spec, path }: SpecContext): Cause[] {
  return forEachItem(
    spec.topologySpreadConstraints,
    `${path}.topologySpreadConstraints`,
    (constraint, field) => [
      ...(constraint.maxSkew > 0
        ? []
        : [
            invalid(
              `${field}.maxSkew`,
              `${field}.maxSkew '${constraint.maxSkew}': must be greater than zero`,
            ),
          ]),
      ...topologyKey(constraint.topologyKey, field),
    ],
  );
}

function topologyKey(key: string, item: string): Cause[] {
  const field = `${item}.topologyKey`;
  if (key === '') return [required(field, `${field} is a required field, such as kubernetes.io/hostname`)];
  return isLabelKey(key)
    ? []
    : [invalid(field, `${field} '${key}' is no name of a label, such as kubernetes.io/hostname`)];
}

type Affinity = NonNullable<VmiSpecManifest['affinity']>;
type NodeTerm = NonNullable<
  NonNullable<NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']>
>['nodeSelectorTerms'][number];

const requiredName = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferredName = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Every node selector term with its path. */
function nodeTerms({ spec, path }: SpecContext): { term: NodeTerm; field: string }[] {
  const affinity = spec.affinity?.nodeAffinity;
  const field = `${path}.affinity.nodeAffinity`;
  return [
    ...(affinity?.[requiredName]?.nodeSelectorTerms ?? []).map((term, index) => ({
      term,
      field: `${field}.${requiredName}.nodeSelectorTerms[${index}]`,
    })),
    ...(affinity?.[preferredName] ?? []).map(({ preference }, index) => ({
      term: preference,
      field: `${field}.${preferredName}[${index}].preference`,
    })),
  ];
}

export function nodeAffinityHasTerms({ spec, path }: SpecContext): Cause[] {
  const wanted = spec.affinity?.nodeAffinity?.[requiredName];
  if (!wanted || wanted.nodeSelectorTerms.length > 0) return [];
  const field = `${path}.affinity.nodeAffinity.${requiredName}.nodeSelectorTerms`;
  return [required(field, `${field} must have at least one node selector term`)];
}

/** How many values an operator takes. */
const arity: Readonly<Record<string, (count: number) => string | undefined>> = {
  In: (count) => (count > 0 ? undefined : 'at least one value'),
  NotIn: (count) => (count > 0 ? undefined : 'at least one value'),
  Exists: (count) => (count === 0 ? undefined : 'no values'),
  DoesNotExist: (count) => (count === 0 ? undefined : 'no values'),
  Gt: (count) => (count === 1 ? undefined : 'exactly one value'),
  Lt: (count) => (count === 1 ? undefined : 'exactly one value'),
};

export function nodeAffinityIsPossible(context: SpecContext): Cause[] {
  return nodeTerms(context).flatMap(({ term, field }) =>
    forEachItem(
      term.matchExpressions,
      `${field}.matchExpressions`,
      ({ key, operator, values = [] }, item) => {
        const wanted = arity[operator]?.(values.length);
        return [
          ...(isLabelKey(key) ? [] : [invalid(`${item}.key`, `${item}.key '${key}' is no name of a label`)]),
          ...(wanted === undefined
            ? []
            : [invalid(`${item}.values`, `${item}.values: operator ${operator} takes ${wanted}`)]),
        ];
      },
    ),
  );
}

const podKinds = ['podAffinity', 'podAntiAffinity'] as const;

export function podAffinityHasTopology({ spec, path }: SpecContext): Cause[] {
  return podKinds.flatMap((kind) => {
    const affinity = spec.affinity?.[kind];
    const field = `${path}.affinity.${kind}`;
    return [
      ...forEachItem(affinity?.[requiredName], `${field}.${requiredName}`, (term, item) =>
        topologyKey(term.topologyKey, item),
      ),
      ...forEachItem(affinity?.[preferredName], `${field}.${preferredName}`, ({ podAffinityTerm }, item) =>
        topologyKey(podAffinityTerm.topologyKey, `${item}.podAffinityTerm`),
      ),
    ];
  });
}

export function preferencesHaveWeights({ spec, path }: SpecContext): Cause[] {
  return (['nodeAffinity', ...podKinds] as const).flatMap((kind) =>
    (spec.affinity?.[kind]?.[preferredName] ?? []).flatMap(({ weight }, index) => {
      const field = `${path}.affinity.${kind}.${preferredName}[${index}].weight`;
      return weight >= 1 && weight <= 100
        ? []
        : [invalid(field, `${field} '${weight}': must be from 1 to 100`)];
    }),
  );
}
