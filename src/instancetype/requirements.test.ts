import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { specWith } from '../api/testing/vmi.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../api/types.ts';
import { spreadIsEven } from './prefer/topology.ts';
import { requirementRules, unmetRequirements } from './requirements.ts';

const size = (guest: number, memory = '1Gi'): InstancetypeSpec => ({
  cpu: { guest },
  memory: { guest: memory },
});
const topology = (preferredCPUTopology: string, across?: string): PreferenceSpec['cpu'] => ({
  preferredCPUTopology,
  ...(across !== undefined && { spreadOptions: { across } }),
});

const cpu = 'spec.template.spec.domain.cpu';

const rows: {
  name: string;
  instancetype?: InstancetypeSpec;
  preference: PreferenceSpec;
  set?: Record<string, unknown>;
  field?: string;
  says?: RegExp;
}[] = [
  {
    name: 'hasCpus: instancetype too small',
    instancetype: size(1),
    preference: { requirements: { cpu: { guest: 2 } } },
    field: 'spec.instancetype',
    says: /insufficient CPU resources of 1 vCPU provided by instance type, preference requires 2 vCPU/,
  },
  {
    name: 'hasCpus: instancetype',
    instancetype: size(2),
    preference: { requirements: { cpu: { guest: 2 } } },
  },
  {
    name: 'hasCpus: sockets',
    preference: { requirements: { cpu: { guest: 2 } } },
    set: { 'domain.cpu': { cores: 4 } },
    field: `${cpu}.sockets`,
    says: /insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets/,
  },
  {
    name: 'hasCpus: cores',
    preference: { cpu: topology('cores'), requirements: { cpu: { guest: 2 } } },
    set: { 'domain.cpu': { sockets: 4 } },
    field: `${cpu}.cores`,
  },
  {
    name: 'hasCpus: threads',
    preference: { cpu: topology('preferThreads'), requirements: { cpu: { guest: 2 } } },
    field: `${cpu}.threads`,
  },
  {
    name: 'hasCpus: any',
    preference: { cpu: topology('any'), requirements: { cpu: { guest: 9 } } },
    set: { 'domain.cpu': { sockets: 2, cores: 2, threads: 2 } },
    field: `${cpu}.cores, ${cpu}.sockets, ${cpu}.threads`,
    says: /of 8 vCPU .* provided as cores, sockets and threads/,
  },
  {
    name: 'hasCpus: any, enough',
    preference: { cpu: topology('any'), requirements: { cpu: { guest: 8 } } },
    set: { 'domain.cpu': { sockets: 2, cores: 2, threads: 2 } },
  },
  {
    name: 'hasCpus: spread',
    preference: { cpu: topology('spread'), requirements: { cpu: { guest: 4 } } },
    set: { 'domain.cpu': { sockets: 2, threads: 2 } },
    field: `${cpu}.sockets, ${cpu}.cores`,
    says: /provided as SocketsCores/,
  },
  {
    name: 'hasCpus: spread over cores and threads',
    preference: { cpu: topology('spread', 'CoresThreads'), requirements: { cpu: { guest: 4 } } },
    field: `${cpu}.cores, ${cpu}.threads`,
  },
  {
    name: 'hasCpus: spread over all',
    preference: { cpu: topology('spread', 'SocketsCoresThreads'), requirements: { cpu: { guest: 8 } } },
    set: { 'domain.cpu': { sockets: 2, cores: 2, threads: 2 } },
  },
  {
    name: 'hasMemory: VM',
    preference: { requirements: { memory: { guest: '1Gi' } } },
    field: 'spec.template.spec.domain.memory',
    says: /insufficient Memory resources of 128Mi provided by VirtualMachine, preference requires 1Gi/,
  },
  {
    name: 'hasMemory: instancetype',
    instancetype: size(1, '512Mi'),
    preference: { requirements: { memory: { guest: '1Gi' } } },
    set: { 'domain.memory': undefined },
    field: 'spec.instancetype',
    says: /provided by instance type/,
  },
  {
    name: 'hasMemory: no size at all',
    preference: { requirements: { memory: { guest: '1e1.5' } } },
    set: { 'domain.memory': { guest: '1e0.5' } },
  },
  { name: 'hasMemory: enough', preference: { requirements: { memory: { guest: '128Mi' } } } },
  {
    name: 'hasArchitecture',
    preference: { requirements: { architecture: 'arm64' } },
    field: 'spec.template.spec.architecture',
    says: /preference requires architecture arm64 but amd64 is being requested/,
  },
  { name: 'hasArchitecture: same', preference: { requirements: { architecture: 'amd64' } } },
];

describe('what a preference requires', () => {
  for (const { name, instancetype, preference, set = {}, field, says } of rows) {
    test(name, () => {
      const [cause, ...more] = unmetRequirements({ instancetype, preference, spec: specWith(set) });
      assert.equal(cause?.field, field);
      assert.equal(more.length, 0);
      if (cause === undefined) return;
      assert.equal(cause.type, 'FieldValueNotFound');
      assert.match(cause.message, says ?? /^failure checking preference requirements: /);
    });
  }

  for (const { name } of requirementRules) {
    test(`${name} has a row`, () =>
      assert.ok(rows.some((row) => row.name.startsWith(`${name}:`) || row.name === name)));
  }
});

const spreads: { name: string; cpus: number; preference: PreferenceSpec; says?: RegExp }[] = [
  { name: 'even', cpus: 4, preference: { cpu: topology('spread') } },
  {
    name: 'odd',
    cpus: 3,
    preference: { cpu: topology('spread') },
    says: /^3 vCPUs .* of 2 provided by the preference/,
  },
  {
    name: 'odd over cores and threads',
    cpus: 3,
    preference: { cpu: topology('spread', 'CoresThreads') },
    says: /the number of threads per core 2/,
  },
  {
    name: 'not by both',
    cpus: 6,
    preference: { cpu: topology('preferSpread', 'SocketsCoresThreads') },
    says: /the number of threads per core 2 and Spec\.PreferSpreadSocketToCoreRatio/,
  },
  { name: 'no spread, no matter', cpus: 3, preference: { cpu: topology('cores') } },
];

describe('CPUs are spread without a rest', () => {
  for (const { name, cpus, preference, says } of spreads) {
    test(name, () => {
      const causes = spreadIsEven(size(cpus), preference);
      assert.deepEqual(
        causes.map(({ field }) => field),
        says === undefined ? [] : ['instancetype.spec.cpu.guest'],
      );
      if (says) assert.match(causes[0]?.message ?? '', says);
    });
  }
  test('no instancetype, no matter', () =>
    assert.deepEqual(spreadIsEven(undefined, { cpu: topology('spread') }), []));
});
