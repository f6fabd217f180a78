import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userRoles } from './user-roles.ts';

function grants(name: string, verb: string, resource: string): boolean {
  const rules = userRoles.find((role) => role.name === name)?.rules ?? [];
  const [group, ...rest] = resource.split('|');
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups?.includes(group ?? '') && resources?.includes(rest.join()) && verbs.includes(verb),
  );
}

const subresources = 'subresources.kubevirt.io';
const rows: { role: string; verb: string; resource: string; want: boolean }[] = [
  { role: 'admin', verb: 'deletecollection', resource: 'kubevirt.io|virtualmachines', want: true },
  { role: 'edit', verb: 'deletecollection', resource: 'kubevirt.io|virtualmachines', want: false },
  { role: 'edit', verb: 'create', resource: 'kubevirt.io|virtualmachineinstancereplicasets', want: true },
  {
    role: 'edit',
    verb: 'patch',
    resource: 'kubevirt.io|virtualmachineinstancereplicasets/scale',
    want: true,
  },
  {
    role: 'view',
    verb: 'patch',
    resource: 'kubevirt.io|virtualmachineinstancereplicasets/scale',
    want: false,
  },
  { role: 'edit', verb: 'create', resource: 'kubevirt.io|virtualmachineinstancemigrations', want: false },
  { role: 'migrate', verb: 'create', resource: 'kubevirt.io|virtualmachineinstancemigrations', want: true },
  { role: 'migrate', verb: 'update', resource: `${subresources}|virtualmachines/migrate`, want: true },
  { role: 'admin', verb: 'update', resource: `${subresources}|virtualmachines/migrate`, want: false },
  {
    role: 'admin',
    verb: 'get',
    resource: `${subresources}|virtualmachineinstances/vnc/screenshot`,
    want: true,
  },
  {
    role: 'edit',
    verb: 'get',
    resource: `${subresources}|virtualmachineinstances/vnc/screenshot`,
    want: false,
  },
  { role: 'edit', verb: 'get', resource: `${subresources}|virtualmachineinstances/console`, want: true },
  { role: 'view', verb: 'get', resource: `${subresources}|virtualmachineinstances/console`, want: false },
  { role: 'view', verb: 'get', resource: `${subresources}|virtualmachineinstances/guestosinfo`, want: true },
  { role: 'view', verb: 'update', resource: `${subresources}|expand-vm-spec`, want: true },
  { role: 'view', verb: 'create', resource: 'kubevirt.io|virtualmachines', want: false },
  { role: 'view', verb: 'watch', resource: 'migrations.kubevirt.io|migrationpolicies', want: true },
  { role: 'default', verb: 'get', resource: `${subresources}|version`, want: true },
  { role: 'default', verb: 'get', resource: 'kubevirt.io|virtualmachines', want: false },
];

for (const { role, verb, resource, want } of rows) {
  test(`kubevirt.io:${role} ${want ? 'may' : 'may not'} ${verb} ${resource}`, () => {
    assert.equal(grants(`kubevirt.io:${role}`, verb, resource), want);
  });
}

test('nobody may write a status, or anything of the cluster that instances run in', () => {
  const resources = userRoles.flatMap(({ rules }) => rules.flatMap((rule) => rule.resources ?? []));
  assert.deepEqual(
    resources.filter((resource) => resource.endsWith('/status') || resource === 'pods'),
    [],
  );
});

test('everybody may see the sizes that the cluster offers', () => {
  const role = userRoles.find(({ name }) => name === 'instancetype.kubevirt.io:view');
  assert.equal(role?.forEverybody, true);
  assert.equal(
    grants(
      'instancetype.kubevirt.io:view',
      'list',
      'instancetype.kubevirt.io|virtualmachineclusterinstancetypes',
    ),
    true,
  );
});
