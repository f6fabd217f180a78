import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as cpu from './cpu.ts';
import * as dedicated from './dedicated-cpu.ts';
import * as hugepages from './hugepages.ts';
import * as memory from './memory.ts';

const rows: Row[] = [
  {
    name: 'memoryIsRequested',
    set: { 'domain.memory': undefined },
    type: 'FieldValueRequired',
    field: 'domain.memory',
    says: /^no memory requested, at least one of/,
  },
  {
    name: 'amountsAreQuantities',
    set: { 'domain.resources.requests': { cpu: '1e1.5' } },
    field: 'domain.resources.requests.cpu',
  },
  {
    name: 'amountsAreNotNegative: requests',
    set: { 'domain.resources.requests': { cpu: '-1' } },
    field: 'domain.resources.requests.cpu',
    says: /must be greater than or equal to 0\./,
  },
  {
    name: 'amountsAreNotNegative: limits',
    set: { 'domain.resources.limits': { memory: '-1Gi' } },
    field: 'domain.resources.limits.memory',
  },
  {
    name: 'requestedMemoryIsEnough',
    set: { 'domain.resources.requests': { memory: '1k' } },
    field: 'domain.resources.requests.memory',
    says: /equal to 1M\./,
  },
  { name: 'guestMemoryIsEnough', set: { 'domain.memory.guest': '128' }, field: 'domain.memory.guest' },
  {
    name: 'memoryRequestWithinLimit',
    set: { 'domain.resources': { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } },
    field: 'domain.resources.requests.memory',
    says: /is greater than spec\.domain\.resources\.limits\.memory/,
  },
  {
    name: 'guestMemoryWithinLimit',
    set: { 'domain.memory.guest': '2Gi', 'domain.resources': { limits: { memory: '1Gi' } } },
    field: 'domain.memory.guest',
    says: /must be equal to or less than the memory limit/,
  },
  {
    name: 'cpuRequestWithinLimit',
    set: { 'domain.resources': { requests: { cpu: '2' }, limits: { cpu: '1500m' } } },
    field: 'domain.resources.requests.cpu',
  },
  {
    name: 'pageSizeIsAQuantity: none',
    set: { 'domain.memory': { guest: '64Mi', hugepages: { pageSize: 'big' } } },
    field: 'domain.memory.hugepages.pageSize',
    says: /'big': is no size/,
  },
  {
    name: 'pageSizeIsAQuantity: no power of two',
    set: { 'domain.memory': { guest: '66Mi', hugepages: { pageSize: '3Mi' } } },
    field: 'domain.memory.hugepages.pageSize',
  },
  {
    name: 'memoryFillsHugepages: less',
    set: { 'domain.memory': { guest: '64Mi', hugepages: { pageSize: '1Gi' } } },
    field: 'domain.resources.requests.memory',
    says: /must be equal to or larger than page size/,
  },
  {
    name: 'memoryFillsHugepages: no multiple',
    set: { 'domain.memory': { guest: '65Mi', hugepages: { pageSize: '2Mi' } } },
    field: 'domain.resources.requests.memory',
    says: /is not a multiple of the page size/,
  },
  {
    name: 'guestFillsHugepages',
    set: {
      'domain.memory': { guest: '65Mi', hugepages: { pageSize: '2Mi' } },
      'domain.resources': { requests: { memory: '66Mi' } },
    },
    field: 'domain.memory.guest',
  },
  {
    name: 'reservedOverheadIsGated',
    set: { 'domain.memory.reservedOverhead': { addedOverhead: '64Mi' } },
    field: 'domain.memory.reservedOverhead',
    says: /^Reserved overhead memlock feature gate is not enabled/,
  },
  {
    name: 'reservedOverheadIsAQuantity',
    set: { 'domain.memory.reservedOverhead': { addedOverhead: '-1' } },
    field: 'domain.memory.reservedOverhead.addedOverhead',
  },
  {
    name: 'cpusAreWithinMachine',
    set: { 'domain.cpu': { sockets: 16, cores: 16 } },
    field: 'domain.cpu',
    says: /256 virtual CPUs/,
  },
  { name: 'cpuModelIsAName', set: { 'domain.cpu': { model: '"/><x' } }, field: 'domain.cpu.model' },
  {
    name: 'cpuFeaturePolicyIsKnown',
    set: { 'domain.cpu': { features: [{ name: 'vmx', policy: 'maybe' }] } },
    type: 'FieldValueNotSupported',
    field: 'domain.cpu.features[0].policy',
    says: /^CPU feature vmx uses policy maybe that is not supported\./,
  },
  {
    name: 'cpuFeatureIsAName',
    set: { 'domain.cpu': { features: [{ name: 'a/b' }] } },
    field: 'domain.cpu.features[0].name',
  },
  {
    name: 'socketsWithinMaximum',
    set: { 'domain.cpu': { sockets: 3, maxSockets: 2 } },
    field: 'domain.cpu.sockets',
    says: /^Number of sockets in CPU topology is greater than the maximum sockets allowed/,
  },
  {
    name: 'mirroredMemoryNeedsOwnCpus',
    set: { 'domain.cpu': { numa: { guestMappingPassthrough: {} } } },
    field: 'domain.cpu.numa.guestMappingPassthrough',
    says: /dedicatedCpuPlacement must be set to true when NUMA topology strategy is set/,
  },
  {
    name: 'mirroredMemoryNeedsHugepages',
    set: { 'domain.cpu': { dedicatedCpuPlacement: true, numa: { guestMappingPassthrough: {} } } },
    field: 'domain.cpu.numa.guestMappingPassthrough',
    says: /hugepages must be requested when NUMA topology strategy is set/,
  },
  {
    name: 'realtimeNeedsOwnCpus',
    set: { 'domain.cpu': { realtime: {} } },
    type: 'FieldValueRequired',
    field: 'domain.cpu.dedicatedCpuPlacement',
    says: /must be set to true when spec\.domain\.cpu\.realtime is used/,
  },
  {
    name: 'realtimeNeedsMirroredMemory',
    set: { 'domain.cpu': { realtime: {}, dedicatedCpuPlacement: true } },
    type: 'FieldValueRequired',
    field: 'domain.cpu.numa.guestMappingPassthrough',
  },
  {
    name: 'dedicatedCpusAreWhole: request',
    set: {
      'domain.cpu': { dedicatedCpuPlacement: true },
      'domain.resources': { requests: { cpu: '1500m' } },
    },
    field: 'domain.resources.requests.cpu',
    says: /^provided resources CPU requests must be an interger/,
  },
  {
    name: 'dedicatedCpusAreWhole: limit',
    set: { 'domain.cpu': { dedicatedCpuPlacement: true }, 'domain.resources': { limits: { cpu: '1500m' } } },
    field: 'domain.resources.limits.cpu',
    says: /^provided resources CPU limits must be an interger/,
  },
  {
    name: 'dedicatedMemoryIsGuaranteed',
    set: {
      'domain.cpu': { dedicatedCpuPlacement: true },
      'domain.resources': { requests: { memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
    field: 'domain.resources.requests.memory',
    says: /must be equal to spec\.domain\.resources\.limits\.memory/,
  },
  {
    name: 'dedicatedRequestIsLimit',
    set: {
      'domain.cpu': { dedicatedCpuPlacement: true, cores: 2 },
      'domain.resources': { requests: { cpu: '2' }, limits: { cpu: '3' } },
    },
    field: 'domain.cpu.dedicatedCpuPlacement',
    says: /must be equal when DedicatedCPUPlacement is true/,
  },
  {
    name: 'dedicatedRequestIsTopology',
    set: {
      'domain.cpu': { dedicatedCpuPlacement: true, cores: 2 },
      'domain.resources': { requests: { cpu: '3' } },
    },
    field: 'domain.cpu.dedicatedCpuPlacement',
    says: /must not be provided at the same time with/,
  },
  {
    name: 'dedicatedThreadsFitACore',
    set: { 'domain.cpu': { dedicatedCpuPlacement: true, threads: 4 } },
    field: 'domain.cpu.dedicatedCpuPlacement',
    says: /^Not more than two threads must be provided at spec\.domain\.cpu\.threads \(got 4\)/,
  },
  {
    name: 'dedicatedKeepsItsOverhead',
    set: {
      'domain.cpu': { dedicatedCpuPlacement: true },
      'domain.resources': { overcommitGuestOverhead: true },
    },
    field: 'domain.resources.overcommitGuestOverhead',
  },
  {
    name: 'dedicatedArmHasOneThread',
    set: { architecture: 'arm64', 'domain.cpu': { dedicatedCpuPlacement: true, threads: 2 } },
    field: 'architecture',
    says: /^threads must not be greater than 1/,
  },
  {
    name: 'isolatedEmulatorNeedsOwnCpus',
    set: { 'domain.cpu': { isolateEmulatorThread: true } },
    field: 'domain.cpu.isolateEmulatorThread',
  },
];

testRules(rows, memory, hugepages, cpu, dedicated);
