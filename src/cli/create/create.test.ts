/** Manifests that `create` prints: what they hold, and that admission takes them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../api/cluster-config.ts';
import type { VmManifest } from '../../api/manifests.ts';
import { validateVm } from '../../api/validate/vm.ts';
import { MonovirtError } from '../../support/errors.ts';
import { cloudInitVolume } from './cloud-init.ts';
import { instancetypeManifest, preferenceManifest } from './kinds-manifest.ts';
import { vmManifest } from './vm-manifest.ts';
import type { VmFlags } from './vm-manifest.ts';

const flags = (differs: Partial<VmFlags> = {}): VmFlags => ({
  name: 'vm1',
  runStrategy: 'Always',
  terminationGracePeriod: 180,
  ...differs,
});

const refused = (error: unknown): boolean =>
  error instanceof MonovirtError && error.reason === 'InvalidParameter';

test('a VM with image, user and key', () => {
  const vm = vmManifest(
    flags({
      memory: '128Mi',
      volumeContainerdisk: ['src:registry.example:5000/disk:1,bootorder:1'],
      user: 'alice',
      sshKey: ['ssh-ed25519 AAAA'],
    }),
  ) as VmManifest;
  assert.deepEqual(vm.spec.template.spec?.volumes, [
    { name: 'vm1-containerdisk-0', containerDisk: { image: 'registry.example:5000/disk:1' } },
    {
      name: 'cloudinitdisk',
      cloudInitNoCloud: {
        userData: '#cloud-config\nuser: alice\nssh_authorized_keys:\n  - ssh-ed25519 AAAA\n',
      },
    },
  ]);
  assert.deepEqual(vm.spec.template.spec?.domain.devices.disks, [
    { name: 'vm1-containerdisk-0', bootOrder: 1, disk: {} },
  ]);
  assert.deepEqual(validateVm(vm, defaultConfig, false), []);
});

describe('memory', () => {
  const guest = (differs: Partial<VmFlags>): string | undefined =>
    (vmManifest(flags(differs)) as VmManifest).spec.template.spec?.domain.memory?.guest;
  test('is 512Mi unless given', () => assert.equal(guest({}), '512Mi'));
  test('is left to an instancetype', () => assert.equal(guest({ instancetype: 'u1.small' }), undefined));
});

describe('instancetypes and preferences', () => {
  const spec = (differs: Partial<VmFlags>): VmManifest['spec'] =>
    (vmManifest(flags(differs)) as VmManifest).spec;
  test('are of the cluster unless a kind is given', () => {
    assert.deepEqual(spec({ instancetype: 'u1.small' }).instancetype, {
      kind: 'VirtualMachineClusterInstancetype',
      name: 'u1.small',
    });
    assert.deepEqual(spec({ preference: 'virtualmachinepreference/x' }).preference, {
      kind: 'virtualmachinepreference',
      name: 'x',
    });
  });
  test('are inferred', () => {
    assert.deepEqual(spec({ inferInstancetypeFrom: 'root' }).instancetype, { inferFromVolume: 'root' });
  });
});

test('sysprep is a CD-ROM', () => {
  const vm = vmManifest(flags({ volumeSysprep: 'src:unattend,type:Secret' })) as VmManifest;
  assert.deepEqual(vm.spec.template.spec?.volumes, [
    { name: 'sysprepdisk', sysprep: { secret: { name: 'unattend' } } },
  ]);
  assert.deepEqual(vm.spec.template.spec?.domain.devices.disks, [
    { name: 'sysprepdisk', cdrom: { bus: 'sata' } },
  ]);
});

for (const differs of [
  { volumeContainerdisk: ['name:a'] },
  { volumePvc: ['src'] },
  { volumePvc: ['src:a,colour:red'] },
  { volumePvc: ['src:a,bootorder:first'] },
  { volumeSysprep: 'src:a,type:file' },
] as Partial<VmFlags>[]) {
  test(`${JSON.stringify(differs)} is refused`, () => {
    assert.throws(() => vmManifest(flags(differs)), refused);
  });
}

describe('cloud-init', () => {
  test('configdrive', () => {
    assert.deepEqual(cloudInitVolume({ cloudInit: 'configdrive', cloudInitUserData: 'IyE=' }), {
      name: 'cloudinitdisk',
      cloudInitConfigDrive: { userDataBase64: 'IyE=' },
    });
  });
  test('nothing to say', () => assert.equal(cloudInitVolume({}), undefined));
  test('data that nobody is to read', () => {
    assert.throws(() => cloudInitVolume({ cloudInit: 'none', user: 'a' }), refused);
  });
  test('two sets of user data', () => {
    assert.throws(() => cloudInitVolume({ user: 'a', cloudInitUserData: 'IyE=' }), refused);
  });
});

test('an instancetype of the cluster', () => {
  assert.deepEqual(
    instancetypeManifest({ name: 'i', cpu: 2, memory: '1Gi', gpu: ['name:g,devicename:x/y'] }),
    {
      apiVersion: 'instancetype.kubevirt.io/v1beta1',
      kind: 'VirtualMachineClusterInstancetype',
      metadata: { name: 'i' },
      spec: { cpu: { guest: 2 }, memory: { guest: '1Gi' }, gpus: [{ name: 'g', deviceName: 'x/y' }] },
    },
  );
});

test('a preference of a namespace', () => {
  assert.deepEqual(preferenceManifest({ name: 'p', namespace: 'ns', cpuTopology: 'cores' }), {
    apiVersion: 'instancetype.kubevirt.io/v1beta1',
    kind: 'VirtualMachinePreference',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { cpu: { preferredCPUTopology: 'cores' } },
  });
});
