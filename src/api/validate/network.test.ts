import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as interfaces from './interfaces.ts';
import * as networks from './networks.ts';

const nics = 'domain.devices.interfaces';
const pod = { name: 'default', pod: {} };
const nic = { name: 'default', masquerade: {} };

const rows: Row[] = [
  {
    name: 'networkHasInterface',
    set: { 'networks[1]': { name: 'second', multus: { networkName: 'n' } } },
    type: 'FieldValueRequired',
    field: 'networks[1].name',
    says: /'second' not found\./,
  },
  {
    name: 'interfaceHasNetwork',
    set: { [`${nics}[0].name`]: 'nowhere' },
    field: `${nics}[0].name`,
    says: /'nowhere' not found\./,
  },
  {
    name: 'networkNamesDiffer',
    set: { 'networks[1]': pod },
    type: 'FieldValueDuplicate',
    field: 'networks[1].name',
    says: /Network with name "default" already exists/,
  },
  {
    name: 'interfaceNamesDiffer',
    set: { [`${nics}[1]`]: nic },
    type: 'FieldValueDuplicate',
    field: `${nics}[1].name`,
    says: /^Only one interface can be connected to one specific network/,
  },
  {
    name: 'networkHasOneType: none',
    set: { 'networks[0]': { name: 'default' } },
    type: 'FieldValueRequired',
    field: 'networks[0]',
    says: /should have a network type/,
  },
  {
    name: 'networkHasOneType: two',
    set: { 'networks[0].multus': { networkName: 'n' } },
    type: 'FieldValueRequired',
    field: 'networks[0]',
    says: /should have only one network type/,
  },
  {
    name: 'onePodNetwork',
    set: { 'networks[1]': { name: 'b', pod: {} }, [`${nics}[1]`]: { name: 'b', masquerade: {} } },
    type: 'FieldValueDuplicate',
    field: 'networks[1].pod',
    says: /more than one interface is connected to a pod network/,
  },
  {
    name: 'podCidrIsANetwork: no network address',
    set: { 'networks[0].pod.vmNetworkCIDR': '10.0.2.5/24' },
    field: 'networks[0].pod.vmNetworkCIDR',
  },
  {
    name: 'podCidrIsANetwork: too small',
    set: { 'networks[0].pod.vmNetworkCIDR': '10.0.2.0/31' },
    field: 'networks[0].pod.vmNetworkCIDR',
  },
  {
    name: 'interfaceNameIsPlain',
    set: { [`${nics}[0].name`]: 'a b', 'networks[0].name': 'a b' },
    field: `${nics}[0].name`,
    says: /can only contain alphabetical characters/,
  },
  {
    name: 'interfaceHasOneBinding: none',
    set: { [`${nics}[0].masquerade`]: undefined },
    field: `${nics}[0]`,
    says: /^logical default interface must have exactly one binding method/,
  },
  { name: 'interfaceHasOneBinding: two', set: { [`${nics}[0].bridge`]: {} }, field: `${nics}[0]` },
  {
    name: 'bindingIsNotDiscontinued',
    set: { [`${nics}[0]`]: { name: 'default', slirp: {} } },
    field: `${nics}[0].slirp`,
    says: /has been discontinued since v1\.3/,
  },
  {
    name: 'masqueradeIsOnPodNetwork',
    set: { 'networks[0]': { name: 'default', multus: { networkName: 'n' } } },
    field: `${nics}[0].name`,
    says: /^Masquerade interface only implemented with pod network/,
  },
  {
    name: 'interfaceModelIsKnown',
    set: { [`${nics}[0].model`]: 'quantum' },
    type: 'FieldValueNotSupported',
    field: `${nics}[0].model`,
    says: /uses model quantum that is not supported\./,
  },
  {
    name: 'macAddressIsUsable: form',
    set: { [`${nics}[0].macAddress`]: '02:00' },
    field: `${nics}[0].macAddress`,
  },
  {
    name: 'macAddressIsUsable: reserved',
    set: { [`${nics}[0].macAddress`]: '02:00:00:00:00:00' },
    field: `${nics}[0].macAddress`,
  },
  {
    name: 'macAddressIsUsable: multicast',
    set: { [`${nics}[0].macAddress`]: '03:00:00:00:00:01' },
    field: `${nics}[0].macAddress`,
  },
  {
    name: 'macAddressIsUsable: multicast, with dots',
    set: { [`${nics}[0].macAddress`]: '0300.0000.0001' },
    field: `${nics}[0].macAddress`,
    says: /has a multicast MAC address/,
  },
  {
    name: 'macAddressIsUsable: two separators',
    set: { [`${nics}[0].macAddress`]: '02:11:22-33:44:55' },
    field: `${nics}[0].macAddress`,
    says: /has malformed MAC address/,
  },
  {
    name: 'macAddressIsUsable: eight bytes',
    set: { [`${nics}[0].macAddress`]: '02:11:22:33:44:55:66:77' },
    field: `${nics}[0].macAddress`,
    says: /has malformed MAC address/,
  },
  {
    name: 'macAddressIsUsable: zero',
    set: { [`${nics}[0].macAddress`]: '00-00-00-00-00-00' },
    field: `${nics}[0].macAddress`,
    says: /has an empty MAC address/,
  },
  {
    name: 'interfacePciAddressIsWellFormed',
    set: { [`${nics}[0].pciAddress`]: 'x' },
    field: `${nics}[0].pciAddress`,
    says: /malformed PCI address/,
  },
  { name: 'acpiIndexIsPositive', set: { [`${nics}[0].acpiIndex`]: -1 }, field: `${nics}[0].acpiIndex` },
  {
    name: 'portIsInRange: missing',
    set: { [`${nics}[0].ports`]: [{ port: 0 }] },
    type: 'FieldValueRequired',
    field: `${nics}[0].ports[0].port`,
    says: /^Port field is mandatory\./,
  },
  {
    name: 'portIsInRange: high',
    set: { [`${nics}[0].ports`]: [{ port: 65536 }] },
    field: `${nics}[0].ports[0].port`,
    says: /0 < x < 65536\./,
  },
  {
    name: 'portProtocolIsKnown',
    set: { [`${nics}[0].ports`]: [{ port: 1, protocol: 'SCTP' }] },
    field: `${nics}[0].ports[0].protocol`,
    says: /^Unknown protocol, only TCP or UDP allowed/,
  },
  {
    name: 'portNameIsAName',
    set: { [`${nics}[0].ports`]: [{ port: 1, name: 'A' }] },
    field: `${nics}[0].ports[0].name`,
    says: /^Invalid name of the port: A/,
  },
  {
    name: 'portNamesDiffer',
    set: {
      [`${nics}[0].ports`]: [
        { port: 1, name: 'a' },
        { port: 2, name: 'a' },
      ],
    },
    type: 'FieldValueDuplicate',
    field: `${nics}[0].ports[1].name`,
    says: /^Duplicate name of the port: a/,
  },
];

testRules(rows, interfaces, networks);
