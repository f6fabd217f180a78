import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as devices from './devices.ts';
import * as honouredVmi from './honoured-vmi.ts';
import * as pod from './pod.ts';

const nics = 'domain.devices.interfaces';

const rows: Row[] = [
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
    set: { 'domain.memory.maxGuest': '256Mi' },
    type: 'FieldValueNotSupported',
    field: 'domain.memory.maxGuest',
    says: /change the VM and restart it$/,
  },
  {
    name: 'fieldsAreHonoured: a field of many below one that is honoured',
    set: { 'domain.firmware': { bootloader: { efi: { secureBoot: false, persistent: true } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.firmware.bootloader.efi.persistent',
    says: /each start begins with fresh variables/,
  },
  {
    name: 'fieldsAreHonoured: a field nobody knows',
    set: { 'domain.antigravity': 9 },
    type: 'FieldValueNotSupported',
    field: 'domain.antigravity',
  },
];

testRules(rows, devices, honouredVmi, pod);
