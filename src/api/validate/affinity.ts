/** Rules on what a guest is drawn to and kept away from; the same that the API server has for pods. */
import type { VmiSpecManifest } from '../manifests.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { labelKeyCauses, requirementCauses, selectorCauses } from './labels.ts';
import { dnsLabelRules, isDnsLabel } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';
import { topologyKeyCauses } from './scheduling.ts';

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
  return [invalid(field, `${field} must have at least one node selector term`)];
}

export function nodeAffinityIsPossible(context: SpecContext): Cause[] {
  return nodeTerms(context).flatMap(({ term, field }) =>
    forEachItem(term.matchExpressions, `${field}.matchExpressions`, (requirement, item) =>
      requirementCauses(requirement, item, ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
    ),
  );
}

export function nodeFieldIsItsName(context: SpecContext): Cause[] {
  return nodeTerms(context).flatMap(({ term, field }) =>
    forEachItem(term.matchFields, `${field}.matchFields`, ({ key, operator, values = [] }, item) => [
      ...(key === 'metadata.name'
        ? []
        : [
            invalid(
              `${item}.key`,
              `${item}.key '${key}' is not a valid field selector key; use metadata.name`,
            ),
          ]),
      ...(operator === 'In' || operator === 'NotIn'
        ? []
        : [
            invalid(
              `${item}.operator`,
              `${item}.operator '${operator}' is not a valid selector operator; use In or NotIn`,
            ),
          ]),
      ...(values.length === 1
        ? []
        : [invalid(`${item}.values`, `${item}.values must be the name of one node`)]),
    ]),
  );
}

type PodTerm = NonNullable<NonNullable<Affinity['podAffinity']>[typeof requiredName]>[number];

/** Every term about other pods with its path. */
function podTerms({ spec, path }: SpecContext): { term: PodTerm; field: string }[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const affinity = spec.affinity?.[kind];
    const field = `${path}.affinity.${kind}`;
    return [
      ...(affinity?.[requiredName] ?? []).map((term, index) => ({
        term,
        field: `${field}.${requiredName}[${index}]`,
      })),
      ...(affinity?.[preferredName] ?? []).map(({ podAffinityTerm }, index) => ({
        term: podAffinityTerm,
        field: `${field}.${preferredName}[${index}].podAffinityTerm`,
      })),
    ];
  });
}

export function podAffinityHasTopology(context: SpecContext): Cause[] {
  return podTerms(context).flatMap(({ term, field }) => topologyKeyCauses(term.topologyKey, field));
}

export function podAffinitySelectorIsPossible(context: SpecContext): Cause[] {
  return podTerms(context).flatMap(({ term, field }) => [
    ...selectorCauses(term.labelSelector, `${field}.labelSelector`),
    ...selectorCauses(term.namespaceSelector, `${field}.namespaceSelector`),
  ]);
}

export function podAffinityLabelKeysArePossible(context: SpecContext): Cause[] {
  return podTerms(context).flatMap(({ term, field }) =>
    (['matchLabelKeys', 'mismatchLabelKeys'] as const).flatMap((name) =>
      labelKeyCauses(term[name], term.labelSelector, `${field}.${name}`),
    ),
  );
}

export function podAffinityNamesNamespaces(context: SpecContext): Cause[] {
  return podTerms(context).flatMap(({ term, field }) =>
    (term.namespaces ?? [])
      .filter((name) => !isDnsLabel(name))
      .map((name) =>
        invalid(
          `${field}.namespace`,
          `${field}.namespaces: '${name}' is no name of a namespace; ${dnsLabelRules}`,
        ),
      ),
  );
}

export function preferencesHaveWeights({ spec, path }: SpecContext): Cause[] {
  return (['nodeAffinity', 'podAffinity', 'podAntiAffinity'] as const).flatMap((kind) =>
    (spec.affinity?.[kind]?.[preferredName] ?? []).flatMap(({ weight }, index) => {
      const field = `${path}.affinity.${kind}.${preferredName}[${index}].weight`;
      return weight >= 1 && weight <= 100
        ? []
        : [invalid(field, `${field} '${weight}': must be in the range 1-100`)];
    }),
  );
}
