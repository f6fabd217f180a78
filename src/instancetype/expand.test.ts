import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { defaultConfig } from '../api/cluster-config.ts';
import type { VmManifest } from '../api/manifests.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../api/types.ts';
import { catalogue } from './catalogue/objects.ts';
import { expandTemplate } from './expand.ts';

type Template = VmManifest['spec']['template'];

const entries = catalogue('v1');
const specOf = (kind: string, name: string): unknown =>
  entries.find(({ object }) => object.kind === kind && object.metadata.name === name)?.object.spec;
const instancetype = (name: string): InstancetypeSpec =>
  specOf('VirtualMachineClusterInstancetype', name) as InstancetypeSpec;
const preference = (name: string): PreferenceSpec =>
  specOf('VirtualMachineClusterPreference', name) as PreferenceSpec;

/** As little as people write beside the two. */
const short: Template = {
  spec: {
    domain: { devices: {} },
    volumes: [
      { name: 'root', containerDisk: { image: 'registry.example/disk:1' } },
      { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config' } },
    ],
  },
};

/** States much of what is preferred otherwise. */
const stubborn: Template = {
  metadata: { labels: { app: 'a' }, annotations: { 'vm.kubevirt.io/os': 'mine' } },
  spec: {
    terminationGracePeriodSeconds: 5,
    domain: {
      firmware: { bootloader: { bios: {} } },
      features: { hyperv: { relaxed: { enabled: false } } },
      clock: { timezone: 'Europe/Berlin' },
      devices: {
        autoattachInputDevice: false,
        disks: [
          { name: 'root', disk: { bus: 'scsi' }, bootOrder: 1 },
          { name: 'seed', cdrom: {} },
        ],
        interfaces: [{ name: 'default', masquerade: {}, model: 'rtl8139' }],
      },
    },
    networks: [{ name: 'default', pod: {} }],
    volumes: short.spec?.volumes ?? [],
  },
};

const rows: { name: string; template: Template; instancetype?: string; preference?: string }[] = [
  { name: 'size alone', template: short, instancetype: 'u1.medium' },
  { name: 'taste alone', template: short, preference: 'alpine' },
  { name: 'linux', template: short, instancetype: 'u1.large', preference: 'fedora' },
  {
    name: 'overcommitted desktop',
    template: short,
    instancetype: 'o1.xlarge',
    preference: 'centos.stream9.desktop',
  },
  { name: 'exclusive packets', template: short, instancetype: 'cx1.2xlarge', preference: 'rhel.9.dpdk' },
  { name: 'huge pages', template: short, instancetype: 'm1.large1gi', preference: 'linux.efi' },
  { name: 'network', template: short, instancetype: 'n1.large', preference: 'ubuntu' },
  { name: 'windows', template: short, instancetype: 'd1.large', preference: 'windows.11.virtio' },
  { name: 'old windows', template: short, instancetype: 'u1.2xmedium', preference: 'windows.2k8' },
  { name: 'stubborn user', template: stubborn, instancetype: 'u1.large', preference: 'windows.2k22' },
];

describe('a template with what else describes it', () => {
  for (const row of rows) {
    test(row.name, () => {
      const before = structuredClone(row.template);
      const described = {
        ...(row.instancetype !== undefined && { instancetype: instancetype(row.instancetype) }),
        ...(row.preference !== undefined && { preference: preference(row.preference) }),
      };
      const expansion = expandTemplate(row.template, described, defaultConfig);
      assert.deepEqual(row.template, before);
      const text = stringify(expansion, { aliasDuplicateObjects: false, lineWidth: 0 });
      const golden = join(
        import.meta.dirname,
        'testdata',
        'expansion',
        `${row.name.replaceAll(' ', '-')}.yaml`,
      );
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
      assert.equal(text, readFileSync(golden, 'utf8'));
    });
  }

  test('nothing else: the template as it is', () => {
    const { spec } = expandTemplate(stubborn, {}, defaultConfig);
    assert.equal(spec, stubborn.spec);
  });

  test('memory that was stated for the case that none could be inferred goes', () => {
    const template: Template = { spec: { domain: { devices: {}, memory: { guest: '64Mi' } } } };
    const described = { instancetype: instancetype('u1.nano') };
    assert.equal(expandTemplate(template, described, defaultConfig).conflicts?.length, 1);
    const { spec } = expandTemplate(template, { ...described, replacesMemory: true }, defaultConfig);
    assert.equal(spec?.domain.memory?.guest, '512Mi');
    const ignored = expandTemplate(template, { replacesMemory: true }, defaultConfig);
    assert.equal(ignored.spec?.domain.memory?.guest, '64Mi');
  });

  test('what breaks the rules of its kind makes no guest', () => {
    const described = {
      instancetype: { cpu: { guest: 0 }, memory: { guest: '1e1.5' } },
      preference: { cpu: { preferredCPUTopology: 'spread', spreadOptions: { ratio: 0 } } },
    };
    const { conflicts } = expandTemplate(short, described, defaultConfig);
    assert.deepEqual(conflicts?.map(({ field }) => field).toSorted(), [
      'instancetype.spec.cpu.guest',
      'instancetype.spec.memory.guest',
      'preference.spec.cpu.spreadOptions.ratio',
    ]);
  });

  test('no template, no guest', () => {
    const { conflicts } = expandTemplate({}, { instancetype: instancetype('u1.nano') }, defaultConfig);
    assert.deepEqual(
      conflicts?.map(({ field }) => field),
      ['spec.template.spec'],
    );
  });
});
