import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleVmi, withField } from '../../api/testing/vmi.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import { applyInstancetype } from './instancetype.ts';

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);

const base: InstancetypeSpec = { cpu: { guest: 4 }, memory: { guest: '1Gi' } };
const silent = withField(sampleVmi().spec, 'domain.memory', undefined);
const apply = (set: Partial<InstancetypeSpec>, preference?: PreferenceSpec): unknown =>
  applyInstancetype({ spec: silent, annotations: {} }, { ...base, ...set }, preference).spec;

const rows: { name: string; set: Partial<InstancetypeSpec>; path: string; want: unknown }[] = [
  { name: 'CPUs are sockets', set: {}, path: 'domain.cpu', want: { sockets: 4, cores: 1, threads: 1 } },
  { name: 'CPU model', set: { cpu: { guest: 1, model: 'EPYC' } }, path: 'domain.cpu.model', want: 'EPYC' },
  {
    name: 'dedicated CPUs',
    set: { cpu: { guest: 1, dedicatedCPUPlacement: true } },
    path: 'domain.cpu.dedicatedCpuPlacement',
    want: true,
  },
  {
    name: 'emulator thread',
    set: { cpu: { guest: 1, isolateEmulatorThread: true } },
    path: 'domain.cpu.isolateEmulatorThread',
    want: true,
  },
  {
    name: 'NUMA',
    set: { cpu: { guest: 1, numa: { guestMappingPassthrough: {} } } },
    path: 'domain.cpu.numa',
    want: { guestMappingPassthrough: {} },
  },
  {
    name: 'realtime',
    set: { cpu: { guest: 1, realtime: { mask: '0' } } },
    path: 'domain.cpu.realtime',
    want: { mask: '0' },
  },
  {
    name: 'sockets at most',
    set: { cpu: { guest: 1, maxSockets: 8 } },
    path: 'domain.cpu.maxSockets',
    want: 8,
  },
  { name: 'memory', set: {}, path: 'domain.memory', want: { guest: '1Gi' } },
  {
    name: 'memory at most',
    set: { memory: { guest: '1Gi', maxGuest: '4Gi' } },
    path: 'domain.memory.maxGuest',
    want: '4Gi',
  },
  {
    name: 'huge pages',
    set: { memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' } } },
    path: 'domain.memory.hugepages',
    want: { pageSize: '2Mi' },
  },
  {
    name: 'overcommit asks for less than the guest sees',
    set: { memory: { guest: '2Gi', overcommitPercent: 50 } },
    path: 'domain.resources.requests.memory',
    want: '1Gi',
  },
  {
    name: 'overcommit of odd sizes',
    set: { memory: { guest: '1Gi', overcommitPercent: 15 } },
    path: 'domain.resources.requests.memory',
    want: '912680550',
  },
  { name: 'no overcommit, no request', set: {}, path: 'domain.resources', want: undefined },
  { name: 'node selector', set: { nodeSelector: { a: 'b' } }, path: 'nodeSelector', want: { a: 'b' } },
  { name: 'scheduler', set: { schedulerName: 's' }, path: 'schedulerName', want: 's' },
  {
    name: 'I/O threads policy',
    set: { ioThreadsPolicy: 'auto' },
    path: 'domain.ioThreadsPolicy',
    want: 'auto',
  },
  {
    name: 'I/O threads',
    set: { ioThreads: { supplementalPoolThreadCount: 3 } },
    path: 'domain.ioThreads',
    want: { supplementalPoolThreadCount: 3 },
  },
  {
    name: 'launch security',
    set: { launchSecurity: { sev: {} } },
    path: 'domain.launchSecurity',
    want: { sev: {} },
  },
  {
    name: 'GPUs',
    set: { gpus: [{ name: 'g', deviceName: 'd' }] },
    path: 'domain.devices.gpus',
    want: [{ name: 'g', deviceName: 'd' }],
  },
  {
    name: 'host devices',
    set: { hostDevices: [{ name: 'h', deviceName: 'd' }] },
    path: 'domain.devices.hostDevices',
    want: [{ name: 'h', deviceName: 'd' }],
  },
];

describe('what an instancetype gives', () => {
  for (const { name, set, path, want } of rows)
    test(name, () => assert.deepEqual(at(apply(set), path), want));

  test('annotations, beside those of the VM', () => {
    const guest = { spec: silent, annotations: { own: '1' } };
    const { annotations } = applyInstancetype(guest, { ...base, annotations: { given: '2' } }, undefined);
    assert.deepEqual(annotations, { own: '1', given: '2' });
  });

  test('the argument is not changed', () => {
    const before = structuredClone(silent);
    apply({ nodeSelector: { a: 'b' }, gpus: [{ name: 'g', deviceName: 'd' }] });
    assert.deepEqual(silent, before);
  });
});

const spreads: { name: string; cpus: number; cpu: PreferenceSpec['cpu']; want: [number, number, number] }[] =
  [
    { name: 'sockets', cpus: 6, cpu: { preferredCPUTopology: 'sockets' }, want: [6, 1, 1] },
    { name: 'preferSockets', cpus: 6, cpu: { preferredCPUTopology: 'preferSockets' }, want: [6, 1, 1] },
    { name: 'cores', cpus: 6, cpu: { preferredCPUTopology: 'cores' }, want: [1, 6, 1] },
    { name: 'preferCores', cpus: 6, cpu: { preferredCPUTopology: 'preferCores' }, want: [1, 6, 1] },
    { name: 'threads', cpus: 6, cpu: { preferredCPUTopology: 'threads' }, want: [1, 1, 6] },
    { name: 'preferThreads', cpus: 6, cpu: { preferredCPUTopology: 'preferThreads' }, want: [1, 1, 6] },
    { name: 'any', cpus: 6, cpu: { preferredCPUTopology: 'any' }, want: [6, 1, 1] },
    { name: 'spread', cpus: 6, cpu: { preferredCPUTopology: 'spread' }, want: [3, 2, 1] },
    { name: 'preferSpread', cpus: 6, cpu: { preferredCPUTopology: 'preferSpread' }, want: [3, 2, 1] },
    {
      name: 'spread by another ratio',
      cpus: 6,
      cpu: { preferredCPUTopology: 'spread', spreadOptions: { ratio: 3 } },
      want: [2, 3, 1],
    },
    {
      name: 'spread over cores and threads',
      cpus: 6,
      cpu: { preferredCPUTopology: 'spread', spreadOptions: { across: 'CoresThreads' } },
      want: [1, 3, 2],
    },
    {
      name: 'spread over all three',
      cpus: 12,
      cpu: { preferredCPUTopology: 'spread', spreadOptions: { across: 'SocketsCoresThreads', ratio: 3 } },
      want: [2, 3, 2],
    },
    { name: 'one CPU is not divided', cpus: 1, cpu: { preferredCPUTopology: 'cores' }, want: [1, 1, 1] },
  ];

describe('how CPUs are divided', () => {
  for (const { name, cpus, cpu, want } of spreads) {
    test(name, () => {
      const [sockets, cores, threads] = want;
      assert.deepEqual(at(apply({ cpu: { guest: cpus } }, { cpu }), 'domain.cpu'), {
        sockets,
        cores,
        threads,
      });
    });
  }

  test('the older field gives a ratio too', () => {
    const preference = { cpu: { preferredCPUTopology: 'spread' }, preferSpreadSocketToCoreRatio: 4 };
    assert.deepEqual(at(apply({ cpu: { guest: 8 } }, preference), 'domain.cpu.cores'), 4);
  });
});
