import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import type { ReplicaSetManifest } from '../manifests.ts';
import { sampleVmi, withField } from '../testing/vmi.ts';
import { replicaSetRules, validateReplicaSet } from './replicaset.ts';

const sample = (): ReplicaSetManifest => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: sampleVmi().spec },
  },
});

const causesOf = (replicaSet: ReplicaSetManifest) =>
  validateReplicaSet({ replicaSet, config: defaultConfig, trusted: false });

const rows: { name: string; path: string; value: unknown; field: string; says: RegExp }[] = [
  {
    name: 'replicaTemplateIsValid: spec',
    path: 'spec.template.spec.domain.memory',
    value: undefined,
    field: 'spec.template.spec.domain.memory',
    says: /spec\.template\.spec\.domain\.memory/,
  },
  {
    name: 'replicaTemplateIsValid: missing',
    path: 'spec.template.spec',
    value: undefined,
    field: 'spec.template',
    says: /^missing virtual machine template\./,
  },
  {
    name: 'replicaTemplateIsValid: labels',
    path: 'spec.template.metadata.labels',
    value: { app: 'web', 'kubevirt.io/nodeName': 'x' },
    field: 'spec.template.metadata.labels',
    says: /reserved/,
  },
  {
    name: 'replicaSelectorIsValid',
    path: 'spec.selector',
    value: { matchExpressions: [{ key: 'app', operator: 'Like' }] },
    field: 'spec.selector',
    says: /'Like' is not a valid label selector operator/,
  },
  {
    name: 'replicaSelectorMatches: others',
    path: 'spec.selector',
    value: { matchLabels: { app: 'mail' } },
    field: 'spec.selector',
    says: /^selector does not match labels\./,
  },
  {
    name: 'replicaSelectorMatches: no labels',
    path: 'spec.template.metadata',
    value: null,
    field: 'spec.selector',
    says: /^selector does not match labels\./,
  },
];

for (const { name, path, value, field, says } of rows) {
  test(name, () => {
    const found = causesOf(withField(sample(), path, value)).find((cause) => cause.field === field);
    assert.match(found?.message ?? '', says);
  });
}

test('a sound replica set passes', () => assert.deepEqual(causesOf(sample()), []));

describe('every rule', () => {
  for (const { name } of replicaSetRules) {
    test(`${name} has a row`, () => assert.ok(rows.some((row) => row.name.split(':')[0] === name)));
  }
});
