import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleVmi, withField } from '../../api/testing/vmi.ts';
import type { InstancetypeSpec } from '../../api/types.ts';
import { annotationConflicts, instancetypeConflicts } from './conflicts.ts';

const plain: InstancetypeSpec = { cpu: { guest: 2 }, memory: { guest: '1Gi' } };
/** States all that an instancetype can. */
const full: InstancetypeSpec = {
  cpu: {
    guest: 2,
    model: 'Haswell',
    dedicatedCPUPlacement: false,
    isolateEmulatorThread: false,
    numa: { guestMappingPassthrough: {} },
    realtime: {},
  },
  memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' }, maxGuest: '2Gi' },
  nodeSelector: { disk: 'ssd' },
  schedulerName: 'mine',
  ioThreads: { supplementalPoolThreadCount: 2 },
  ioThreadsPolicy: 'auto',
  launchSecurity: { sev: {} },
  gpus: [{ name: 'g', deviceName: 'vendor/gpu' }],
  hostDevices: [{ name: 'h', deviceName: 'vendor/dev' }],
};

/** What a VM states, and whether every instancetype objects to it or only one that states it too. */
const rows: { field: string; set?: string; value: unknown; always?: boolean }[] = [
  { field: 'nodeSelector', value: { disk: 'ssd' } },
  { field: 'schedulerName', value: 'other' },
  { field: 'domain.resources.requests.cpu', value: '1', always: true },
  { field: 'domain.resources.limits.cpu', value: '1', always: true },
  { field: 'domain.cpu.sockets', value: 1, always: true },
  { field: 'domain.cpu.cores', value: 1, always: true },
  { field: 'domain.cpu.threads', value: 1, always: true },
  { field: 'domain.cpu.model', value: 'Haswell' },
  { field: 'domain.cpu.dedicatedCPUPlacement', set: 'domain.cpu.dedicatedCpuPlacement', value: true },
  { field: 'domain.cpu.isolateEmulatorThread', value: true },
  { field: 'domain.cpu.numa', value: { guestMappingPassthrough: {} } },
  { field: 'domain.cpu.realtime', value: {} },
  { field: 'domain.memory.guest', value: '1Gi', always: true },
  { field: 'domain.memory.hugepages', value: { pageSize: '1Gi' } },
  { field: 'domain.memory.maxGuest', value: '4Gi' },
  { field: 'domain.resources.requests.memory', value: '1Gi', always: true },
  { field: 'domain.resources.limits.memory', value: '1Gi', always: true },
  { field: 'domain.ioThreads.supplementalPoolThreadCount', value: 1 },
  { field: 'domain.ioThreadsPolicy', value: 'shared' },
  { field: 'domain.launchSecurity', value: { sev: {} } },
  { field: 'domain.devices.gpus', value: [{ name: 'g', deviceName: 'other/gpu' }] },
  { field: 'domain.devices.hostDevices', value: [{ name: 'h', deviceName: 'other/dev' }] },
];

const silent = withField(sampleVmi().spec, 'domain.memory', undefined);
const fieldsOf = (instancetype: InstancetypeSpec, set: string, value: unknown): string[] =>
  instancetypeConflicts(instancetype, withField(silent, set, value), 'spec.template.spec').map(
    ({ field }) => field,
  );

describe('what a VM states that its instancetype states', () => {
  for (const { field, set = field, value, always = false } of rows) {
    test(field, () => {
      assert.deepEqual(fieldsOf(full, set, value), [`spec.template.spec.${field}`]);
      assert.deepEqual(fieldsOf(plain, set, value), always ? [`spec.template.spec.${field}`] : []);
    });
  }

  test('a cause says which field, and keeps the words that tools know', () => {
    const [cause] = instancetypeConflicts(plain, withField(silent, 'domain.cpu.cores', 2), 'spec');
    assert.equal(cause?.type, 'FieldValueInvalid');
    assert.match(
      cause?.message ?? '',
      /^VM field\(s\) spec\.domain\.cpu\.cores conflicts with selected instance type/,
    );
  });

  test('zero and empty state nothing', () => {
    for (const field of ['sockets', 'cores', 'threads'])
      assert.deepEqual(fieldsOf(full, `domain.cpu.${field}`, 0), []);
    assert.deepEqual(fieldsOf(full, 'domain.devices.gpus', []), []);
  });
});

test('annotations conflict when their values differ', () => {
  const instancetype = { ...plain, annotations: { same: '1', other: '2' } };
  const causes = annotationConflicts(instancetype, { same: '1', other: '1', own: '1' });
  assert.deepEqual(
    causes.map(({ field }) => field),
    ['annotations.other'],
  );
});
