import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as affinity from './affinity.ts';
import * as scheduling from './scheduling.ts';

const wanted = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const node = (requirement: object) => ({
  affinity: { nodeAffinity: { [wanted]: { nodeSelectorTerms: [{ matchExpressions: [requirement] }] } } },
});
const expression = `affinity.nodeAffinity.${wanted}.nodeSelectorTerms[0].matchExpressions[0]`;

const nodeField = (requirement: object) => ({
  affinity: { nodeAffinity: { [wanted]: { nodeSelectorTerms: [{ matchFields: [requirement] }] } } },
});
const fieldOf = `affinity.nodeAffinity.${wanted}.nodeSelectorTerms[0].matchFields[0]`;
const pods = (term: object) => ({
  affinity: { podAffinity: { [wanted]: [{ topologyKey: 'kubernetes.io/hostname', ...term }] } },
});
const spread = (more: object) => ({
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'DoNotSchedule',
  ...more,
});

const rows: Row[] = [
  { name: 'nodeSelectorIsLabels: key', set: { nodeSelector: { 'a b': 'c' } }, field: 'nodeSelector' },
  { name: 'nodeSelectorIsLabels: value', set: { nodeSelector: { a: '-' } }, field: 'nodeSelector' },
  {
    name: 'tolerationIsPossible: value',
    set: { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
    field: 'tolerations[0].value',
  },
  {
    name: 'tolerationIsPossible: key',
    set: { tolerations: [{ operator: 'Equal', value: 'b' }] },
    field: 'tolerations[0].operator',
  },
  {
    name: 'tolerationIsPossible: seconds',
    set: { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] },
    field: 'tolerations[0].effect',
  },
  {
    name: 'spreadIsPossible: skew',
    set: {
      topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
    },
    field: 'topologySpreadConstraints[0].maxSkew',
  },
  {
    name: 'spreadIsPossible: key',
    set: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: '', whenUnsatisfiable: 'DoNotSchedule' }] },
    field: 'topologySpreadConstraints[0].topologyKey',
  },
  {
    name: 'nodeAffinityHasTerms',
    set: { affinity: { nodeAffinity: { [wanted]: { nodeSelectorTerms: [] } } } },
    field: `affinity.nodeAffinity.${wanted}.nodeSelectorTerms`,
  },
  {
    name: 'nodeAffinityIsPossible: In without values',
    set: node({ key: 'a', operator: 'In', values: [] }),
    field: `${expression}.values`,
    says: /operator In takes at least one value/,
  },
  {
    name: 'nodeAffinityIsPossible: Exists with values',
    set: node({ key: 'a', operator: 'Exists', values: ['b'] }),
    field: `${expression}.values`,
  },
  {
    name: 'nodeAffinityIsPossible: Gt with two',
    set: node({ key: 'a', operator: 'Gt', values: ['1', '2'] }),
    field: `${expression}.values`,
  },
  {
    name: 'nodeAffinityIsPossible: key',
    set: node({ key: 'a/b/c', operator: 'Exists' }),
    field: `${expression}.key`,
  },
  {
    name: 'podAffinityHasTopology: demanded',
    set: { affinity: { podAntiAffinity: { [wanted]: [{ topologyKey: '' }] } } },
    field: `affinity.podAntiAffinity.${wanted}[0].topologyKey`,
  },
  {
    name: 'podAffinityHasTopology: preferred',
    set: {
      affinity: { podAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: { topologyKey: 'a b' } }] } },
    },
    field: `affinity.podAffinity.${preferred}[0].podAffinityTerm.topologyKey`,
  },
  {
    name: 'preferencesHaveWeights',
    set: { affinity: { nodeAffinity: { [preferred]: [{ weight: 101, preference: {} }] } } },
    field: `affinity.nodeAffinity.${preferred}[0].weight`,
  },
  {
    name: 'tolerationNamesATaint: key',
    set: { tolerations: [{ key: 'a b', operator: 'Exists' }] },
    field: 'tolerations[0].key',
  },
  {
    name: 'tolerationNamesATaint: value',
    set: { tolerations: [{ key: 'a', value: 'b c' }] },
    field: 'tolerations[0].value',
  },
  {
    name: 'spreadActionIsKnown',
    set: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'Cry' }] },
    type: 'FieldValueNotSupported',
    field: 'topologySpreadConstraints[0].whenUnsatisfiable',
  },
  {
    name: 'spreadDomainsArePossible: none',
    set: { topologySpreadConstraints: [spread({ minDomains: 0 })] },
    field: 'topologySpreadConstraints[0].minDomains',
  },
  {
    name: 'spreadDomainsArePossible: wish',
    set: { topologySpreadConstraints: [spread({ minDomains: 1, whenUnsatisfiable: 'ScheduleAnyway' })] },
    field: 'topologySpreadConstraints[0].minDomains',
  },
  {
    name: 'spreadSelectorIsPossible',
    set: { topologySpreadConstraints: [spread({ labelSelector: { matchLabels: { a: '-' } } })] },
    field: 'topologySpreadConstraints[0].labelSelector.matchLabels',
  },
  {
    name: 'spreadLabelKeysArePossible: alone',
    set: { topologySpreadConstraints: [spread({ matchLabelKeys: ['a'] })] },
    field: 'topologySpreadConstraints[0].matchLabelKeys',
    says: /must not be specified when labelSelector is not set/,
  },
  {
    name: 'spreadLabelKeysArePossible: twice',
    set: {
      topologySpreadConstraints: [
        spread({ matchLabelKeys: ['a'], labelSelector: { matchLabels: { a: 'b' } } }),
      ],
    },
    field: 'topologySpreadConstraints[0].matchLabelKeys[0]',
  },
  {
    name: 'spreadLabelKeysArePossible: no label',
    set: { topologySpreadConstraints: [spread({ matchLabelKeys: ['a b'], labelSelector: {} })] },
    field: 'topologySpreadConstraints[0].matchLabelKeys[0]',
  },
  {
    name: 'podAffinityLabelKeysArePossible',
    set: pods({ mismatchLabelKeys: ['a'] }),
    field: `affinity.podAffinity.${wanted}[0].mismatchLabelKeys`,
  },
  {
    name: 'spreadConstraintsDiffer',
    set: { topologySpreadConstraints: [spread({}), spread({ maxSkew: 2 })] },
    type: 'FieldValueDuplicate',
    field: 'topologySpreadConstraints[1]',
  },
  {
    name: 'nodeAffinityIsPossible: operator',
    set: node({ key: 'a', operator: 'Near' }),
    field: `${expression}.operator`,
    says: /not a valid selector operator/,
  },
  {
    name: 'nodeFieldIsItsName: key',
    set: nodeField({ key: 'spec.podCIDR', operator: 'In', values: ['a'] }),
    field: `${fieldOf}.key`,
    says: /not a valid field selector key/,
  },
  {
    name: 'nodeFieldIsItsName: operator',
    set: nodeField({ key: 'metadata.name', operator: 'Exists', values: ['a'] }),
    field: `${fieldOf}.operator`,
  },
  {
    name: 'nodeFieldIsItsName: values',
    set: nodeField({ key: 'metadata.name', operator: 'In', values: ['a', 'b'] }),
    field: `${fieldOf}.values`,
  },
  {
    name: 'podAffinitySelectorIsPossible',
    set: pods({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }),
    field: `affinity.podAffinity.${wanted}[0].labelSelector.matchExpressions[0].operator`,
  },
  {
    name: 'podAffinityNamesNamespaces',
    set: pods({ namespaces: ['A'] }),
    field: `affinity.podAffinity.${wanted}[0].namespace`,
  },
];

testRules(rows, scheduling, affinity);
