import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import { sampleVmi, specWith } from '../testing/vmi.ts';
import { validateVmi, validateVmiSpec, validateVmiUpdate } from './vmi.ts';

const disks = 'domain.devices.disks';
const nics = 'domain.devices.interfaces';

describe('a VMI spec is accepted', () => {
  const accepted: { name: string; set: Record<string, unknown> }[] = [
    { name: 'the sample', set: {} },
    {
      name: 'memory from requests',
      set: { 'domain.memory': undefined, 'domain.resources.requests': { memory: '64M' } },
    },
    {
      name: 'quantities as numbers',
      set: { 'domain.memory.guest': 134217728, 'domain.resources.requests': { cpu: 1 } },
    },
    { name: 'a versioned q35', set: { 'domain.machine': { type: 'pc-q35-10.0' } } },
    {
      name: 'kernel boot',
      set: {
        'domain.firmware': {
          kernelBoot: {
            kernelArgs: 'a',
            container: { image: 'a:1', kernelPath: '/boot/vmlinuz', initrdPath: '/boot/initrd' },
          },
        },
      },
    },
    {
      name: 'what is off asks for nothing',
      set: {
        'domain.devices.tpm': { enabled: false },
        'domain.devices.gpus': [],
        'domain.devices.autoattachVSOCK': false,
        'domain.memory.hugepages': null,
      },
    },
    {
      name: 'no network at all',
      set: { networks: undefined, [nics]: undefined, 'domain.devices.autoattachPodInterface': false },
    },
    { name: 'no disks listed', set: { [disks]: undefined } },
    { name: 'eviction that migrates if possible', set: { evictionStrategy: 'LiveMigrateIfPossible' } },
    { name: 'CD-ROM without bus', set: { [`${disks}[1]`]: { name: 'seed', cdrom: {} } } },
    {
      name: 'probes, ports, timers, watchdog, tablet',
      set: {
        readinessProbe: { httpGet: { port: 80 } },
        [`${nics}[0].ports`]: [{ name: 'http', port: 80 }],
        'domain.clock': { utc: {}, timer: { hpet: { present: false }, rtc: { tickPolicy: 'catchup' } } },
        'domain.devices.watchdog': { name: 'w', i6300esb: {} },
        'domain.devices.inputs': [{ name: 't', type: 'tablet', bus: 'usb' }],
        'domain.devices.rng': {},
      },
    },
  ];
  for (const { name, set } of accepted) {
    test(name, () => {
      assert.deepEqual(validateVmiSpec({ spec: specWith(set), path: 'spec', config: defaultConfig }), []);
    });
  }
});

test('all causes come at once', () => {
  const spec = specWith({ 'domain.memory': undefined, hostname: 'A', architecture: 'x' });
  assert.equal(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }).length, 3);
});

describe('metadata of a VMI', () => {
  const labelled = { ...sampleVmi(), metadata: { name: 'a', labels: { 'kubevirt.io/nodeName': 'n' } } };

  test('reserved labels are refused', () => {
    const [cause] = validateVmi(labelled, defaultConfig, false).filter(
      ({ field }) => field === 'metadata.labels',
    );
    assert.match(cause?.message ?? '', /^creation of the following reserved kubevirt\.io\/ labels/);
  });
  test('reserved labels are our own to set', () => {
    assert.deepEqual(
      validateVmi(labelled, defaultConfig, true).filter(({ field }) => field === 'metadata.labels'),
      [],
    );
  });
  test('hook sidecars are refused', () => {
    const hooked = { ...sampleVmi(), metadata: { annotations: { 'hooks.kubevirt.io/hookSidecars': '[]' } } };
    assert.ok(
      validateVmi(hooked, defaultConfig, false).some(({ field }) => field === 'metadata.annotations'),
    );
  });
});

describe('changes of a VMI', () => {
  const changed = { ...sampleVmi(), spec: specWith({ hostname: 'other' }) };

  test('its spec is fixed', () => {
    const [cause] = validateVmiUpdate(changed, sampleVmi());
    assert.equal(cause?.type, 'FieldValueForbidden');
    assert.match(cause?.message ?? '', /^update of VMI object is restricted/);
  });
  test('its own labels are free', () => {
    const labelled = { ...sampleVmi(), metadata: { ...sampleVmi().metadata, labels: { app: 'a' } } };
    assert.deepEqual(validateVmiUpdate(labelled, sampleVmi()), []);
  });
  test('its node label is fixed', () => {
    const moved = { ...sampleVmi(), metadata: { labels: { 'kubevirt.io/nodeName': 'x' } } };
    assert.equal(validateVmiUpdate(moved, sampleVmi())[0]?.field, 'metadata.labels');
  });
});
