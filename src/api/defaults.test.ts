import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterConfig, clusterConfigOf, defaultConfig } from './cluster-config.ts';
import { defaultVmi, defaultVmiSpec, firmwareUuid } from './defaults.ts';
import { pullPolicyOf } from './defaults-devices.ts';
import { sampleVmi, specWith, withField } from './testing/vmi.ts';

/** The value at a path such as `a.b[0].c`. */
function at(object: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((key) => key !== '')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], object);
}

describe('defaultVmiSpec', () => {
  const rows: { name: string; set: Record<string, unknown>; path: string; want: unknown }[] = [
    { name: 'architecture', set: {}, path: 'architecture', want: 'amd64' },
    { name: 'machine', set: {}, path: 'domain.machine', want: { type: 'q35' } },
    {
      name: 'machine kept',
      set: { 'domain.machine': { type: 'pc-q35-9.2' } },
      path: 'domain.machine.type',
      want: 'pc-q35-9.2',
    },
    { name: 'eviction', set: {}, path: 'evictionStrategy', want: 'None' },
    {
      name: 'CPU',
      set: {},
      path: 'domain.cpu',
      want: { cores: 1, sockets: 1, threads: 1, model: 'host-model' },
    },
    {
      name: 'CPU with cores alone',
      set: { 'domain.cpu': { cores: 4 } },
      path: 'domain.cpu',
      want: { cores: 4, sockets: 1, threads: 1, model: 'host-model' },
    },
    {
      name: 'sockets from limits',
      set: { 'domain.resources': { limits: { cpu: '3' }, requests: { cpu: '1' } } },
      path: 'domain.cpu.sockets',
      want: 3,
    },
    {
      name: 'sockets from requests, rounded up',
      set: { 'domain.resources.requests': { cpu: '1500m' } },
      path: 'domain.cpu.sockets',
      want: 2,
    },
    {
      name: 'CPU request from limit',
      set: { 'domain.resources.limits': { cpu: '2' } },
      path: 'domain.resources.requests.cpu',
      want: '2',
    },
    { name: 'no CPU request is written without cause', set: {}, path: 'domain.resources', want: undefined },
    {
      name: 'guest memory kept',
      set: { 'domain.resources.requests': { memory: '1Gi' } },
      path: 'domain.memory.guest',
      want: '128Mi',
    },
    {
      name: 'guest memory from request',
      set: {
        'domain.memory': undefined,
        'domain.resources': { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } },
      },
      path: 'domain.memory.guest',
      want: '1Gi',
    },
    {
      name: 'guest memory from limit',
      set: { 'domain.memory': undefined, 'domain.resources.limits': { memory: '2Gi' } },
      path: 'domain.memory.guest',
      want: '2Gi',
    },
    {
      name: 'guest memory from huge page',
      set: { 'domain.memory': { hugepages: { pageSize: '1Gi' } } },
      path: 'domain.memory.guest',
      want: '1Gi',
    },
    {
      name: 'interface',
      set: { networks: undefined, 'domain.devices.interfaces': undefined },
      path: 'domain.devices.interfaces',
      want: [{ name: 'default', masquerade: {} }],
    },
    {
      name: 'network of it',
      set: { networks: undefined, 'domain.devices.interfaces': undefined },
      path: 'networks',
      want: [{ name: 'default', pod: {} }],
    },
    {
      name: 'no interface when refused',
      set: {
        networks: undefined,
        'domain.devices.interfaces': undefined,
        'domain.devices.autoattachPodInterface': false,
      },
      path: 'networks',
      want: undefined,
    },
    {
      name: 'disks of volumes',
      set: { 'domain.devices.disks': undefined },
      path: 'domain.devices.disks',
      want: [
        { name: 'root', disk: { bus: 'sata' } },
        { name: 'seed', disk: { bus: 'sata' } },
      ],
    },
    {
      name: 'a volume that no disk names gets one',
      set: { 'domain.devices.disks': [{ name: 'root' }] },
      path: 'domain.devices.disks',
      want: [
        { name: 'root', disk: { bus: 'sata' } },
        { name: 'seed', disk: { bus: 'sata' } },
      ],
    },
    {
      name: 'CD-ROM',
      set: { 'domain.devices.disks': [{ name: 'root', cdrom: {} }] },
      path: 'domain.devices.disks[0].cdrom',
      want: { bus: 'sata', readonly: true, tray: 'closed' },
    },
    {
      name: 'LUN',
      set: { 'domain.devices.disks': [{ name: 'root', lun: {} }] },
      path: 'domain.devices.disks[0].lun',
      want: { bus: 'scsi' },
    },
    { name: 'pull policy', set: {}, path: 'volumes[0].containerDisk.imagePullPolicy', want: 'IfNotPresent' },
    {
      name: 'input',
      set: { 'domain.devices.inputs': [{ name: 'a' }] },
      path: 'domain.devices.inputs[0]',
      want: { name: 'a', bus: 'usb', type: 'tablet' },
    },
    {
      name: 'watchdog',
      set: { 'domain.devices.watchdog': { name: 'w' } },
      path: 'domain.devices.watchdog',
      want: { name: 'w', i6300esb: { action: 'reset' } },
    },
    {
      name: 'probe',
      set: { readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 3 } },
      path: 'readinessProbe',
      want: {
        tcpSocket: { port: 1 },
        periodSeconds: 3,
        timeoutSeconds: 1,
        successThreshold: 1,
        failureThreshold: 3,
      },
    },
    { name: 'grace period is left alone', set: {}, path: 'terminationGracePeriodSeconds', want: undefined },
  ];
  for (const { name, set, path, want } of rows) {
    test(name, () => assert.deepEqual(at(specWith(set), path), want));
  }

  test('a cluster may choose otherwise', () => {
    const config = clusterConfig({
      machineType: 'pc-q35-9.0',
      cpuModel: 'Haswell',
      cpuRequest: '250m',
      evictionStrategy: 'LiveMigrateIfPossible',
    });
    const spec = specWith({}, config);
    assert.equal(spec.domain.machine?.type, 'pc-q35-9.0');
    assert.equal(spec.domain.cpu?.model, 'Haswell');
    assert.equal(spec.domain.resources?.requests?.['cpu'], '250m');
    assert.equal(spec.evictionStrategy, 'LiveMigrateIfPossible');
  });

  test('defaults of defaults are the same', () => {
    const once = specWith({});
    assert.deepEqual(defaultVmiSpec(once, defaultConfig), once);
  });

  test('the argument is not changed', () => {
    const vmi = sampleVmi();
    defaultVmi(vmi, defaultConfig, 'seed');
    assert.deepEqual(vmi, sampleVmi());
  });
});

describe('defaultVmi', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  test('sets finalizer, features and firmware UUID once', () => {
    const vmi = defaultVmi(sampleVmi(), defaultConfig, 'request-1');
    assert.deepEqual(vmi.metadata?.finalizers, ['kubevirt.io/foregroundDeleteVirtualMachine']);
    assert.deepEqual(vmi.spec.domain.features, {});
    assert.match(vmi.spec.domain.firmware?.uuid ?? '', uuid);
    assert.deepEqual(defaultVmi(vmi, defaultConfig, 'request-2'), vmi);
  });

  test('the firmware of a VM is the same at every start', () => {
    const ownerReferences = [
      { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'vm', uid: 'vm-uid', controller: true },
    ];
    const owned = withField(sampleVmi(), 'metadata.ownerReferences', ownerReferences);
    for (const seed of ['first', 'second']) {
      assert.equal(defaultVmi(owned, defaultConfig, seed).spec.domain.firmware?.uuid, firmwareUuid('vm-uid'));
    }
  });
});

test('pullPolicyOf', () => {
  for (const [image, want] of [
    ['a', 'Always'],
    ['a:latest', 'Always'],
    ['registry:5000/a', 'Always'],
    ['registry:5000/a:1', 'IfNotPresent'],
    ['a@sha256:0', 'IfNotPresent'],
  ] as const) {
    assert.equal(pullPolicyOf(image), want, image);
  }
});

test('clusterConfig of nothing is the default', () => {
  assert.deepEqual(clusterConfig(), defaultConfig);
  assert.deepEqual(clusterConfig({ machineType: '', developerConfiguration: {} }), defaultConfig);
});

test('clusterConfigOf prefers the pull policy of the configuration', () => {
  assert.equal(clusterConfigOf({ spec: { imagePullPolicy: 'Always' } }).imagePullPolicy, 'Always');
  const both = { spec: { imagePullPolicy: 'Always', configuration: { imagePullPolicy: 'Never' } } } as const;
  assert.equal(clusterConfigOf(both).imagePullPolicy, 'Never');
  assert.deepEqual(clusterConfigOf(undefined), defaultConfig);
});
