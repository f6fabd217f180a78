import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { controllerNamespaceRules, controllerRules } from '../rbac.ts';
import type { Installation } from '../installation.ts';
import { allObjects } from './all.ts';

const installation: Installation = {
  namespace: 'kubevirt',
  namespaceUid: 'ns-uid',
  image: 'registry.example/monovirt:1',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: ['regcred'],
  caBundle: 'PEM',
};
const objects = allObjects(installation);

test('the objects of an installation', () => {
  const golden = join(import.meta.dirname, 'testdata', 'installation.yaml');
  const options = { aliasDuplicateObjects: false, lineWidth: 0 };
  const text = objects.map(({ object }) => stringify(object, options)).join('---\n');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('nothing cluster-wide outlives the namespace', () => {
  for (const { resource, object } of objects.filter((each) => !each.resource.namespaced)) {
    assert.equal(object.metadata.ownerReferences?.[0]?.uid, 'ns-uid', resource.kind);
  }
});

test('the controller may do to each kind what an installation does', () => {
  const rules = [...controllerRules, ...controllerNamespaceRules];
  for (const { resource, object } of objects) {
    for (const verb of ['list', 'watch', 'create', 'patch', 'delete']) {
      const allowed = rules.some(
        (rule) =>
          rule.apiGroups?.includes(resource.group) === true &&
          rule.resources?.includes(resource.plural) === true &&
          rule.resourceNames?.includes(object.metadata.name) !== false &&
          rule.verbs.includes(verb),
      );
      assert.equal(allowed, true, `${verb} ${resource.plural}`);
    }
  }
});

test('the controller may change nothing cluster-wide of others but VMs and what makes them, their revisions, pods and nodes', () => {
  const unbound = controllerRules
    .filter(({ verbs, resourceNames }) => resourceNames === undefined && verbs.includes('delete'))
    .flatMap(({ resources }) => resources ?? []);
  assert.deepEqual(unbound, [
    'virtualmachines',
    'virtualmachineinstances',
    'virtualmachineinstancereplicasets',
    'pods',
    'controllerrevisions',
  ]);
});
