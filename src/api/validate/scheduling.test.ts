import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as scheduling from './scheduling.ts';

const wanted = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const node = (requirement: object) => ({
  affinity: { nodeAffinity: { [wanted]: { nodeSelectorTerms: [{ matchExpressions: [requirement] }] } } },
});
const expression = `affinity.nodeAffinity.${wanted}.nodeSelectorTerms[0].matchExpressions[0]`;

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
    type: 'FieldValueRequired',
    field: 'topologySpreadConstraints[0].topologyKey',
  },
  {
    name: 'nodeAffinityHasTerms',
    set: { affinity: { nodeAffinity: { [wanted]: { nodeSelectorTerms: [] } } } },
    type: 'FieldValueRequired',
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
    type: 'FieldValueRequired',
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
];

testRules(rows, scheduling);
