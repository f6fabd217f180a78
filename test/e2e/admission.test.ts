/** Bad manifests are refused at once, with field path, cause and remedy, as a user of kubectl reads it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { guestVm } from './support/manifests.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('admission');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

interface Spec {
  domain: { memory?: unknown; devices: { disks?: unknown[]; interfaces?: unknown[] } };
  volumes?: unknown[];
  networks?: unknown[];
}

const disk = (name: string) => ({ name, disk: { bus: 'virtio' } });
const scratch = (name: string) => ({ name, emptyDisk: { capacity: '1Mi' } });

const rows: { name: string; break: (spec: Spec) => void; says: RegExp[] }[] = [
  {
    name: 'without memory',
    break: (spec) => delete spec.domain.memory,
    says: [/spec\.template\.spec\.domain\.memory/, /no memory requested/],
  },
  {
    name: 'a disk that names no volume',
    break: (spec) => (spec.domain.devices.disks = [disk('lost')]),
    says: [/spec\.template\.spec\.domain\.devices\.disks\[0\]\.name/, /'lost' not found/],
  },
  {
    name: 'two volumes of one name',
    break: (spec) => {
      spec.domain.devices.disks = [disk('a')];
      spec.volumes = [scratch('a'), scratch('a')];
    },
    says: [/spec\.template\.spec\.volumes\[\d\]/, /must not have the same Name/],
  },
  {
    name: 'two sources in one volume',
    break: (spec) => {
      spec.domain.devices.disks = [disk('a')];
      spec.volumes = [{ ...scratch('a'), containerDisk: { image: 'docker.io/x/y:1' } }];
    },
    says: [/spec\.template\.spec\.volumes\[0\]/, /exactly one source/],
  },
  {
    name: 'an interface of an unknown network',
    break: (spec) => (spec.domain.devices.interfaces = [{ name: 'nowhere', masquerade: {} }]),
    says: [/spec\.template\.spec\.domain\.devices\.interfaces\[0\]\.name/, /'nowhere' not found/],
  },
  {
    name: 'two NICs of one network',
    break: (spec) => {
      const nic = (name: string) => ({ name, masquerade: {} });
      spec.domain.devices.interfaces = [nic('default'), nic('default')];
    },
    says: [
      /spec\.template\.spec\.domain\.devices\.interfaces\[1\]\.name/,
      /one specific network; remove one/,
    ],
  },
  {
    name: 'two NICs on the pod network under two names',
    break: (spec) => {
      spec.domain.devices.interfaces = ['one', 'two'].map((name) => ({ name, masquerade: {} }));
      spec.networks = ['one', 'two'].map((name) => ({ name, pod: {} }));
    },
    says: [/spec\.template\.spec\.networks/, /pod/],
  },
  {
    name: 'cloud-init data over the limit',
    break: (spec) => {
      spec.domain.devices.disks = [disk('seed')];
      spec.volumes = [
        { name: 'seed', cloudInitNoCloud: { userData: `#cloud-config\n# ${'x'.repeat(2048)}` } },
      ];
    },
    says: [
      /spec\.template\.spec\.volumes\[0\]\.cloudInitNoCloud/,
      /exceeds 2048 byte limit\. Put larger data into a Secret/,
    ],
  },
  {
    name: 'a field that this release does not honour',
    break: (spec) => {
      Object.assign(spec.domain.devices, { gpus: [{ name: 'g', deviceName: 'example.org/gpu' }] });
    },
    says: [/spec\.template\.spec\.domain\.devices\.gpus/, /not supported/],
  },
];

for (const row of rows) {
  test(`refused: ${row.name}`, async () => {
    const vm = guestVm({ name: 'bad', runStrategy: 'Halted' }) as { spec: { template: { spec: Spec } } };
    row.break(vm.spec.template.spec);
    await assert.rejects(apply(cluster, vm), (error: Error) => {
      for (const pattern of row.says) assert.match(error.message, pattern);
      return true;
    });
    assert.equal(await cluster.kubectl('get', 'vm', '-o', 'name'), '', 'nothing was stored');
  });
}

test('a volume that no disk uses gets a disk only on the instance, and the stored VM is what was applied', async () => {
  const vm = guestVm({ name: 'good', runStrategy: 'Halted' }) as { spec: { template: { spec: Spec } } };
  vm.spec.template.spec.volumes = [scratch('unused')];
  await apply(cluster, vm);
  const stored = JSON.parse(await cluster.kubectl('get', 'vm', 'good', '-o', 'json')) as typeof vm;
  assert.equal(stored.spec.template.spec.domain.devices.disks, undefined);
});
