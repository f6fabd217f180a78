import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from './manifest.ts';
import { sortForOlm } from './sort.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const rule = (verb: string): object => ({ apiGroups: [''], resources: ['pods'], verbs: [verb] });
const account = { kind: 'ServiceAccount', name: 'worker', namespace: 'home' };

const manifest = (kind: string, name: string, rest: Partial<Manifest> = {}): Manifest => ({
  apiVersion: kind.includes('Role') ? rbac : 'v1',
  kind,
  metadata: { name, namespace: 'home' },
  ...rest,
});
const binding = (kind: string, role: string, subjects: object[] = [account]): Manifest =>
  manifest(kind, `${role}-binding`, { roleRef: { kind: kind.replace('Binding', ''), name: role }, subjects });

const basis: Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'home' } },
  manifest('Deployment', 'work', {
    spec: { template: { spec: { serviceAccountName: 'worker', containers: [] } } },
  }),
  manifest('ServiceAccount', 'worker'),
];

test('what binds the account of a Deployment becomes its permissions, by scope', () => {
  const sorted = sortForOlm([
    ...basis,
    manifest('ClusterRole', 'wide', { metadata: { name: 'wide' }, rules: [rule('list')] }),
    binding('ClusterRoleBinding', 'wide'),
    manifest('Role', 'near', { rules: [rule('create')] }),
    binding('RoleBinding', 'near'),
  ]);
  assert.deepEqual(sorted.clusterPermissions, [{ serviceAccountName: 'worker', rules: [rule('list')] }]);
  assert.deepEqual(sorted.permissions, [{ serviceAccountName: 'worker', rules: [rule('create')] }]);
  assert.deepEqual(sorted.carried, []);
});

test('reading one ConfigMap of kube-system is granted by its name', () => {
  const role = 'extension-apiserver-authentication-reader';
  const reader = { ...binding('RoleBinding', role), metadata: { name: role, namespace: 'kube-system' } };
  const { clusterPermissions, carried } = sortForOlm([...basis, reader]);
  assert.deepEqual(clusterPermissions[0]?.rules[0]?.resourceNames, ['extension-apiserver-authentication']);
  assert.deepEqual(carried, []);
});

test('roles of people and budgets are carried, without a namespace', () => {
  const role = manifest('ClusterRole', 'edit', { metadata: { name: 'edit' }, rules: [] });
  const toAll = binding('ClusterRoleBinding', 'edit', [{ kind: 'Group', name: 'all' }]);
  const { carried } = sortForOlm([...basis, role, toAll, manifest('PodDisruptionBudget', 'work')]);
  assert.deepEqual(
    carried.map(({ kind, metadata }) => [kind, metadata.namespace]),
    [
      ['ClusterRole', undefined],
      ['ClusterRoleBinding', undefined],
      ['PodDisruptionBudget', undefined],
    ],
  );
});

const refused: { name: string; given: Manifest[]; reason: string }[] = [
  {
    name: 'a kind that OLM does not install',
    given: [...basis, manifest('DaemonSet', 'x')],
    reason: 'BundleCannotCarry',
  },
  { name: 'no namespace to suggest', given: basis.slice(1), reason: 'BundleCannotCarry' },
  { name: 'two namespaces', given: [...basis, basis[0]!], reason: 'BundleCannotCarry' },
  {
    name: 'a binding to a role that is not there',
    given: [...basis, binding('RoleBinding', 'gone')],
    reason: 'BundleCannotGrant',
  },
  {
    name: 'a role of another namespace',
    given: [
      ...basis,
      manifest('Role', 'far', { metadata: { name: 'far', namespace: 'away' }, rules: [] }),
      binding('RoleBinding', 'far'),
    ],
    reason: 'BundleCannotGrant',
  },
  {
    name: 'a binding of more than the account',
    given: [
      ...basis,
      manifest('Role', 'near', { rules: [] }),
      binding('RoleBinding', 'near', [account, { kind: 'Group', name: 'all' }]),
    ],
    reason: 'BundleCannotGrant',
  },
];

for (const { name, given, reason } of refused) {
  test(`refused: ${name}`, () => assert.throws(() => sortForOlm(given), { reason }));
}
