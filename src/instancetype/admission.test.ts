import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookupOf, reviewContext } from '../admission/testing.ts';
import { validateVmAny } from '../admission/kinds/vm.ts';
import type { AdmissionRequest, Verdict } from '../admission/review.ts';
import { instancetypeWebhooks } from '../admission/kinds/instancetype.ts';
import type { VmManifest } from '../api/manifests.ts';
import { sampleVm, withField } from '../api/testing/vmi.ts';
import type { KubeObject } from '../api/types.ts';

const stored = (kind: string, name: string, spec: object): KubeObject =>
  ({
    kind,
    metadata: { name, namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec,
  }) as KubeObject;

const lookup = lookupOf(
  stored('VirtualMachineClusterInstancetype', 'small', { cpu: { guest: 1 }, memory: { guest: '1Gi' } }),
  stored('VirtualMachineClusterInstancetype', 'odd', { cpu: { guest: 3 }, memory: { guest: '1Gi' } }),
  stored('VirtualMachineInstancetype', 'local', { cpu: { guest: 2 }, memory: { guest: '1Gi' } }),
  stored('VirtualMachineClusterInstancetype', 'secret', {
    cpu: { guest: 1, realtime: {} },
    memory: { guest: '1Gi' },
  }),
  stored('VirtualMachineClusterPreference', 'spread', { cpu: { preferredCPUTopology: 'spread' } }),
  stored('VirtualMachineClusterPreference', 'large', { requirements: { cpu: { guest: 4 } } }),
  stored('VirtualMachineClusterPreference', 'loud', { devices: { preferredDiskBus: 'ide' } }),
);

const silent = withField(sampleVm(), 'spec.template.spec.domain.memory', undefined);
const named = (set: Record<string, unknown>, base: VmManifest = silent): VmManifest =>
  Object.entries(set).reduce((vm, [path, value]) => withField(vm, `spec.${path}`, value), base);
const instancetype = (name: string, kind?: string): object => ({ name, ...(kind !== undefined && { kind }) });

const ask = (object: VmManifest, oldObject?: VmManifest): Promise<Verdict> => {
  const request = {
    uid: 'u',
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    namespace: 'default',
    userInfo: { username: 'alice' },
    object,
    oldObject,
  } as unknown as AdmissionRequest;
  return Promise.resolve(validateVmAny(request, reviewContext({ lookup })));
};

const accepted: { name: string; vm: VmManifest; warns?: RegExp }[] = [
  { name: 'of the cluster', vm: named({ instancetype: instancetype('small') }) },
  {
    name: 'of the namespace',
    vm: named({ instancetype: instancetype('local', 'VirtualMachineInstancetype') }),
  },
  {
    name: 'evenly spread',
    vm: named({
      instancetype: instancetype('local', 'virtualmachineinstancetype'),
      preference: { name: 'spread' },
    }),
  },
  {
    name: 'an instancetype that is still to come',
    vm: named({ instancetype: instancetype('later') }),
    warns:
      /cannot start yet: virtualmachineclusterinstancetypes\.instancetype\.kubevirt\.io "later" not found/,
  },
  {
    name: 'a preference that is still to come',
    vm: named({ preference: { name: 'later' } }, sampleVm()),
    warns: /"later" not found/,
  },
];

const refused: { name: string; vm: VmManifest; old?: VmManifest; field: string; says?: RegExp }[] = [
  {
    name: 'conflict',
    vm: named({ instancetype: instancetype('small'), 'template.spec.domain.cpu': { sockets: 2 } }),
    field: 'spec.template.spec.domain.cpu.sockets',
    says: /^VM field\(s\) spec\.template\.spec\.domain\.cpu\.sockets conflicts with selected instance type/,
  },
  {
    name: 'conflict with any that is still to come',
    vm: named({ instancetype: instancetype('later') }, sampleVm()),
    field: 'spec.template.spec.domain.memory.guest',
  },
  {
    name: 'uneven spread',
    vm: named({ instancetype: instancetype('odd'), preference: { name: 'spread' } }),
    field: 'instancetype.spec.cpu.guest',
  },
  {
    name: 'too small for the preference',
    vm: named({ instancetype: instancetype('small'), preference: { name: 'large' } }),
    field: 'spec.instancetype',
  },
  {
    name: 'what the instancetype gives is not honoured',
    vm: named({ instancetype: instancetype('secret') }),
    field: 'spec.template.spec.domain.cpu.realtime',
  },
  {
    name: 'what is preferred is wrong',
    vm: named(
      {
        preference: { name: 'loud' },
        'template.spec.domain.devices.disks': [{ name: 'root' }, { name: 'seed' }],
      },
      sampleVm(),
    ),
    field: 'spec.template.spec.domain.devices.disks[0].disk.bus',
  },
  {
    name: 'matcher',
    vm: named({ instancetype: {} }),
    field: 'spec.instancetype',
    says: /^Either Name or InferFromVolume/,
  },
  {
    name: 'volume that asks for nothing',
    vm: named({ instancetype: { inferFromVolume: 'root' } }),
    field: 'spec.instancetype.inferFromVolume',
    says: /type is not supported/,
  },
  {
    name: 'renamed under its revision',
    vm: named({ instancetype: { name: 'b', revisionName: 'r' } }),
    old: named({ instancetype: { name: 'a', revisionName: 'r' } }),
    field: 'spec.instancetype.revisionName',
  },
];

describe('a VM that names what describes it', () => {
  for (const { name, vm, warns } of accepted) {
    test(`${name} is accepted`, async () => {
      const verdict = await ask(vm);
      assert.equal(verdict.allowed, true, JSON.stringify(verdict));
      const { warnings = [] } = verdict as { warnings?: string[] };
      if (warns === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join('\n'), warns);
    });
  }

  for (const { name, vm, old, field, says = /.{10}/ } of refused) {
    test(`${name} is refused`, async () => {
      const verdict = await ask(vm, old);
      assert.ok('causes' in verdict, JSON.stringify(verdict));
      const found = verdict.causes.find((cause) => cause.field === field);
      assert.ok(found, JSON.stringify(verdict.causes));
      assert.match(found.message, says);
    });
  }

  test('what failed the policy Ignore is judged by the template', async () => {
    const ignoring = { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Ignore' };
    assert.equal((await ask(named({ instancetype: ignoring }, sampleVm()))).allowed, true);
  });
});

test('the webhooks of the kinds judge and warn', async () => {
  const review = (plural: string, kind: string, spec: object): Promise<Verdict> => {
    const webhook = instancetypeWebhooks.find(({ path }) => path === `/${plural}-validate`);
    const object = { kind, metadata: { name: 'a' }, spec };
    const request = {
      operation: 'CREATE',
      userInfo: { username: 'alice' },
      object,
    } as unknown as AdmissionRequest;
    assert.ok(webhook, plural);
    return Promise.resolve(webhook.review(request, reviewContext()));
  };
  const wrong = { cpu: { guest: 1 }, memory: { guest: '1Gi', overcommitPercent: 200 } };
  const old = { cpu: { preferredCPUTopology: 'preferCores' } };
  for (const [plural, kind] of [
    ['virtualmachineinstancetypes', 'VirtualMachineInstancetype'],
    ['virtualmachineclusterinstancetypes', 'VirtualMachineClusterInstancetype'],
  ] as const) {
    assert.equal((await review(plural, kind, wrong)).allowed, false);
    assert.equal((await review(plural, kind, { cpu: {} })).allowed, false, 'schema');
  }
  for (const [plural, kind] of [
    ['virtualmachinepreferences', 'VirtualMachinePreference'],
    ['virtualmachineclusterpreferences', 'VirtualMachineClusterPreference'],
  ] as const) {
    const verdict = await review(plural, kind, old);
    assert.match(('warnings' in verdict ? (verdict.warnings ?? []) : []).join(), /preferCores is deprecated/);
  }
});
