import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as devices from './devices.ts';
import * as honouredVmi from './honoured-vmi.ts';
import * as memory from './memory.ts';
import * as platform from './platform.ts';
import * as pod from './pod.ts';

const nics = 'domain.devices.interfaces';

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
    name: 'architectureIsOurs',
    set: { architecture: 's390x' },
    field: 'architecture',
    says: /^unsupported architecture: s390x/,
  },
  {
    name: 'machineIsAllowed',
    set: { 'domain.machine': { type: 'pc-i440fx-9.2' } },
    field: 'domain.machine.type',
    says: /is not supported: pc-i440fx-9\.2 \(allowed values: q35\* pc-q35\*\)/,
  },
  {
    name: 'cpusAreWithinMachine',
    set: { 'domain.cpu': { sockets: 16, cores: 16 } },
    field: 'domain.cpu',
    says: /256 virtual CPUs/,
  },
  { name: 'cpuModelIsAName', set: { 'domain.cpu': { model: '"/><x' } }, field: 'domain.cpu.model' },
  {
    name: 'oneBootloader',
    set: { 'domain.firmware': { bootloader: { bios: {}, efi: {} } } },
    field: 'domain.firmware.bootloader',
  },
  {
    name: 'firmwareUuidIsAUuid',
    set: { 'domain.firmware': { uuid: 'seven' } },
    field: 'domain.firmware.uuid',
  },
  {
    name: 'firmwareSerialIsPlain',
    set: { 'domain.firmware': { serial: 'a b' } },
    field: 'domain.firmware.serial',
  },
  {
    name: 'kernelBootHasAKernel: arguments alone',
    set: { 'domain.firmware': { kernelBoot: { kernelArgs: 'quiet' } } },
    field: 'domain.firmware.kernelBoot.kernelArgs',
    says: /^kernel arguments cannot be provided without an external kernel/,
  },
  {
    name: 'kernelBootHasAKernel: no image',
    set: { 'domain.firmware': { kernelBoot: { container: { image: '', kernelPath: '/k' } } } },
    type: 'FieldValueRequired',
    field: 'domain.firmware.kernelBoot.container.image',
  },
  {
    name: 'kernelBootHasAKernel: no path',
    set: { 'domain.firmware': { kernelBoot: { container: { image: 'a:1' } } } },
    type: 'FieldValueRequired',
    field: 'domain.firmware.kernelBoot.container',
  },
  {
    name: 'kernelBootPathsArePlain',
    set: { 'domain.firmware': { kernelBoot: { container: { image: 'a:1', kernelPath: '/boot/../../k' } } } },
    field: 'domain.firmware.kernelBoot.container.kernelPath',
  },
  {
    name: 'timersAreKnown: policy',
    set: { 'domain.clock': { timer: { pit: { tickPolicy: 'never' } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.clock.timer.pit.tickPolicy',
  },
  {
    name: 'timersAreKnown: track',
    set: { 'domain.clock': { timer: { rtc: { track: 'sun' } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.clock.timer.rtc.track',
  },
  {
    name: 'oneClock: both',
    set: { 'domain.clock': { utc: {}, timezone: 'Europe/Berlin' } },
    type: 'FieldValueForbidden',
    field: 'domain.clock',
  },
  {
    name: 'oneClock: no zone',
    set: { 'domain.clock': { timezone: 'over there' } },
    field: 'domain.clock.timezone',
  },
  {
    name: 'inputBusIsKnown',
    set: { 'domain.devices.inputs': [{ name: 'a', type: 'tablet', bus: 'ps2' }] },
    field: 'domain.devices.inputs[0].bus',
    says: /^Input device can have only virtio or usb bus\./,
  },
  {
    name: 'inputIsATablet',
    set: { 'domain.devices.inputs': [{ name: 'a', type: 'mouse' }] },
    field: 'domain.devices.inputs[0].type',
    says: /^Input device can have only tablet type\./,
  },
  {
    name: 'inputNamesDiffer',
    set: {
      'domain.devices.inputs': [
        { name: 'a', type: 'tablet' },
        { name: 'a', type: 'tablet' },
      ],
    },
    type: 'FieldValueDuplicate',
    field: 'domain.devices.inputs[1].name',
  },
  {
    name: 'watchdogActionIsKnown',
    set: { 'domain.devices.watchdog': { name: 'w', i6300esb: { action: 'bark' } } },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.watchdog.i6300esb.action',
  },
  {
    name: 'hostNamesAreLabels: hostname',
    set: { hostname: 'A' },
    field: 'hostname',
    says: /does not conform to the kubernetes DNS_LABEL rules/,
  },
  { name: 'hostNamesAreLabels: subdomain', set: { subdomain: 'a.b' }, field: 'subdomain' },
  { name: 'schedulingNamesAreNames', set: { priorityClassName: 'High!' }, field: 'priorityClassName' },
  {
    name: 'graceIsNotNegative',
    set: { terminationGracePeriodSeconds: -1 },
    field: 'terminationGracePeriodSeconds',
  },
  {
    name: 'evictionStrategyIsKnown: unknown',
    set: { evictionStrategy: 'Pray' },
    field: 'evictionStrategy',
    says: /is set with an unrecognized option: Pray/,
  },
  {
    name: 'evictionStrategyIsKnown: not yet',
    set: { evictionStrategy: 'LiveMigrate' },
    type: 'FieldValueNotSupported',
    field: 'evictionStrategy',
  },
  {
    name: 'startStrategyIsKnown: unknown',
    set: { startStrategy: 'Asleep' },
    field: 'startStrategy',
    says: /is set with an unrecognized option: Asleep/,
  },
  {
    name: 'startStrategyIsKnown: probe',
    set: { startStrategy: 'Paused', livenessProbe: { tcpSocket: { port: 1 } } },
    field: 'startStrategy',
    says: /Pausing VMI with LivenessProbe is not supported/,
  },
  {
    name: 'dnsNoneHasServers',
    set: { dnsPolicy: 'None' },
    type: 'FieldValueRequired',
    field: 'dnsConfig.nameservers',
  },
  {
    name: 'dnsConfigIsBounded: servers',
    set: { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
    field: 'dnsConfig.nameservers',
  },
  {
    name: 'dnsConfigIsBounded: searches',
    set: { dnsConfig: { searches: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } },
    field: 'dnsConfig.searches',
  },
  {
    name: 'dnsServersAreAddresses',
    set: { dnsConfig: { nameservers: ['dns.example'] } },
    field: 'dnsConfig.nameservers[0]',
  },
  {
    name: 'probeHasOneHandler: none',
    set: { readinessProbe: {} },
    type: 'FieldValueRequired',
    field: 'readinessProbe',
    says: /^either spec\.readinessProbe\.tcpSocket/,
  },
  {
    name: 'probeHasOneHandler: two',
    set: { readinessProbe: { tcpSocket: { port: 1 }, httpGet: { port: 1 } } },
    field: 'readinessProbe',
    says: /must have exactly one probe type set/,
  },
  {
    name: 'networkProbeHasPodNetwork',
    set: {
      networks: undefined,
      [nics]: undefined,
      'domain.devices.autoattachPodInterface': false,
      livenessProbe: { tcpSocket: { port: 1 } },
    },
    field: 'livenessProbe.tcpSocket',
    says: /is only allowed if the Pod Network is attached/,
  },
  {
    name: 'fieldsAreHonoured: device',
    set: { 'domain.devices.gpus': [{ name: 'g', deviceName: 'd' }] },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.gpus',
    says: /is not supported by this release of monovirt; remove it$/,
  },
  {
    name: 'fieldsAreHonoured: remedy',
    set: { 'volumes[0]': { name: 'root', persistentVolumeClaim: { claimName: 'c' } } },
    type: 'FieldValueNotSupported',
    field: 'volumes[0].persistentVolumeClaim',
    says: /use containerDisk$/,
  },
  {
    name: 'fieldsAreHonoured: switch that is on by default',
    set: { 'domain.features': { pvspinlock: { enabled: false } } },
    type: 'FieldValueNotSupported',
    field: 'domain.features.pvspinlock',
  },
  {
    name: 'fieldsAreHonoured: a field nobody knows',
    set: { 'domain.antigravity': 9 },
    type: 'FieldValueNotSupported',
    field: 'domain.antigravity',
  },
];

testRules(rows, devices, honouredVmi, memory, platform, pod);
