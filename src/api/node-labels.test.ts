import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelChanges } from './node-labels.ts';

test('changes are what differs, among labels that are ours', () => {
  const actual = {
    'hyperv.node.kubevirt.io/ipi': 'true',
    'kubernetes.io/arch': 'amd64',
    cpumanager: 'false',
  };
  assert.deepEqual(labelChanges(actual, { cpumanager: 'true' }), {
    'hyperv.node.kubevirt.io/ipi': null,
    cpumanager: 'true',
  });
  assert.deepEqual(labelChanges({ cpumanager: 'true' }, {}), {}, 'somebody else may have set it');
  assert.deepEqual(labelChanges(actual, { ...actual }), {});
});
