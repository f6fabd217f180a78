import { defaultConfig } from '../cluster-config.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as plugins from './binding-plugins.ts';
import * as bindings from './bindings.ts';
import * as dhcp from './dhcp-options.ts';
import * as interfaces from './interfaces.ts';
import * as claims from './network-claims.ts';
import * as networks from './networks.ts';
import * as ports from './ports.ts';

const nics = 'domain.devices.interfaces';
const pod = { name: 'default', pod: {} };
const withGate = (gate: string): ClusterConfig => ({ ...defaultConfig, featureGates: new Set([gate]) });
const multus = { name: 'default', multus: { networkName: 'n' } };
const multusDefault = { name: 'default', multus: { networkName: 'n', default: true } };
const claimed = { name: 'default', resourceClaim: { claimName: 'c', requestName: 'r' } };
const nic = { name: 'default', masquerade: {} };
const passtNic = { name: 'default', passtBinding: {} };

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
    name: 'podIpv6CidrIsANetwork: no network address',
    set: { 'networks[0].pod.vmIPv6NetworkCIDR': 'fd10:0:2::5/120' },
    field: 'networks[0].pod.vmIPv6NetworkCIDR',
    says: /write it like fd10:0:2::\/120/,
  },
  {
    name: 'podIpv6CidrIsANetwork: too small',
    set: { 'networks[0].pod.vmIPv6NetworkCIDR': 'fd10:0:2::/127' },
    field: 'networks[0].pod.vmIPv6NetworkCIDR',
  },
  {
    name: 'podIpv6CidrIsANetwork: a network of the link',
    set: { 'networks[0].pod.vmIPv6NetworkCIDR': 'fe80::/64' },
    field: 'networks[0].pod.vmIPv6NetworkCIDR',
  },
  {
    name: 'podIpv6CidrIsANetwork: IPv4',
    set: { 'networks[0].pod.vmIPv6NetworkCIDR': '10.0.2.0/24' },
    field: 'networks[0].pod.vmIPv6NetworkCIDR',
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
    name: 'masqueradeMacIsFree',
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
  {
    name: 'masqueradeMacIsFree: what the bridge has here',
    set: { [`${nics}[0].macAddress`]: '02-00-00-00-00-01' },
    field: `${nics}[0].macAddress`,
    says: /is reserved for the in-pod bridge\. Please choose another one/,
  },
  {
    name: 'passtBindingIsOnPodNetwork',
    set: { [`${nics}[0]`]: { name: 'default', passtBinding: {} }, 'networks[0]': multus },
    field: `${nics}[0].name`,
    says: /^PasstBinding interface only implemented with pod network/,
  },
  {
    name: 'bindingPluginIsRegistered: none is',
    set: { [`${nics}[0]`]: { name: 'default', binding: { name: 'own' } } },
    field: `${nics}[0].binding.name`,
    says: /plug-in "own" is not registered; none is registered; register it under/,
  },
  {
    name: 'bindingPluginIsRegistered: others are',
    config: { ...defaultConfig, bindingPlugins: { b: {}, a: {} } },
    set: { [`${nics}[0]`]: { name: 'default', binding: { name: 'toString' } } },
    field: `${nics}[0].binding.name`,
    says: /registered are a, b;/,
  },
  {
    name: 'passtBindingNeedsItsGate',
    config: withGate('PortRangesSpec'),
    set: { [`${nics}[0]`]: passtNic },
    field: `${nics}[0].name`,
    says: /^PasstBinding feature gate is not enabled/,
  },
  {
    name: 'passtIsVirtio',
    set: { [`${nics}[0]`]: { ...passtNic, model: 'e1000e' } },
    type: 'FieldValueNotSupported',
    field: `${nics}[0].model`,
    says: /cannot have model e1000e with the passt binding; use virtio/,
  },
  {
    name: 'passtHasNoDhcpOptions',
    set: { [`${nics}[0]`]: { ...passtNic, dhcpOptions: { tftpServerName: 'boot' } } },
    field: `${nics}[0].dhcpOptions`,
    says: /gets its DHCP options from passt/,
  },
  {
    name: 'interfaceStateIsKnown',
    set: { [`${nics}[0].state`]: 'sideways' },
    field: `${nics}[0].state`,
    says: /^logical default interface state value is unsupported: sideways/,
  },
  {
    name: 'sriovHasNoLinkState',
    set: { [`${nics}[0]`]: { name: 'default', sriov: {}, state: 'down' }, 'networks[0]': multus },
    field: `${nics}[0].state`,
    says: /state "down" is not supported for SR-IOV NICs/,
  },
  {
    name: 'onlyBridgesAreAbsent',
    set: { [`${nics}[0].state`]: 'absent' },
    field: `${nics}[0].state`,
    says: /is supported only for bridge binding/,
  },
  {
    name: 'defaultNetworkIsPresent',
    set: { [`${nics}[0]`]: { name: 'default', bridge: {}, state: 'absent' } },
    field: `${nics}[0].state`,
    says: /is not supported on default networks/,
  },
  {
    name: 'oneMultusDefault',
    set: { networks: [multusDefault, { ...multusDefault, name: 'b' }] },
    field: 'networks',
    says: /^Multus CNI should only have one default network/,
  },
  {
    name: 'podNetworkOrMultusDefault',
    set: { networks: [pod, { ...multusDefault, name: 'b' }] },
    field: 'networks',
    says: /^Pod network cannot be defined when Multus default network is defined/,
  },
  {
    name: 'multusNetworkIsNamed',
    set: { 'networks[0]': { name: 'default', multus: { networkName: '' } } },
    type: 'FieldValueRequired',
    field: 'networks[0]',
    says: /^CNI delegating plugin must have a networkName/,
  },
  {
    name: 'networkClaimsNeedTheirGate',
    set: { 'networks[0]': claimed },
    field: 'networks',
    says: /NetworkDevicesWithDRA feature gate is not enabled/,
  },
  {
    name: 'networkClaimsStandAlone',
    config: withGate('NetworkDevicesWithDRA'),
    set: { networks: [claimed, { ...multus, name: 'b' }] },
    field: 'networks',
    says: /^mixing Multus and DRA resourceClaim networks/,
  },
  {
    name: 'networkClaimIsNamed: claim',
    set: { 'networks[0]': { name: 'default', resourceClaim: { requestName: 'r' } } },
    type: 'FieldValueRequired',
    field: 'networks[0].resourceClaim.claimName',
  },
  {
    name: 'networkClaimIsNamed: request',
    set: { 'networks[0]': { name: 'default', resourceClaim: { claimName: 'c' } } },
    type: 'FieldValueRequired',
    field: 'networks[0].resourceClaim.requestName',
  },
  {
    name: 'networkClaimExists',
    set: { 'networks[0]': claimed },
    type: 'FieldValueNotFound',
    field: 'networks[0].resourceClaim.claimName',
    says: /"c" which is not defined in spec\.resourceClaims/,
  },
  {
    name: 'networkClaimsDiffer',
    set: { networks: [claimed, { ...claimed, name: 'b' }] },
    type: 'FieldValueDuplicate',
    field: 'networks[1]',
    says: /combination "c\/r"/,
  },
  {
    name: 'networkClaimHasBinding',
    set: { 'networks[0]': claimed },
    field: nics,
    says: /^DRA network "default" requires an SR-IOV or binding plugin interface/,
  },
  {
    name: 'portRangesNeedTheirGate',
    set: { [`${nics}[0].portRanges`]: [{ start: 1, end: 2 }] },
    field: `${nics}[0].name`,
    says: /PortRangesSpec feature gate is not enabled/,
  },
  {
    name: 'portsOrPortRanges',
    config: withGate('PortRangesSpec'),
    set: { [`${nics}[0].portRanges`]: [{ start: 1, end: 2 }], [`${nics}[0].ports`]: [{ port: 9 }] },
    field: `${nics}[0].name`,
    says: /^Cannot define both ports and portRanges/,
  },
  {
    name: 'portRangesAreMasqueraded',
    config: withGate('PortRangesSpec'),
    set: { [`${nics}[0]`]: { name: 'default', bridge: {}, portRanges: [{ start: 1, end: 2 }] } },
    field: `${nics}[0].name`,
    says: /^portRanges are only supported on masquerade interfaces/,
  },
  {
    name: 'fewPortRanges',
    set: {
      [`${nics}[0].portRanges`]: Array.from({ length: 11 }, (_, index) => ({
        start: 10 * index + 1,
        end: 10 * index + 2,
      })),
    },
    field: `${nics}[0].portRanges`,
    says: /^No more than 10 portRanges are allowed/,
  },
  {
    name: 'portRangeProtocolIsKnown',
    set: { [`${nics}[0].portRanges`]: [{ start: 1, end: 2, protocol: 'SCTP' }] },
    field: `${nics}[0].portRanges[0].protocol`,
  },
  {
    name: 'portRangeStartIsAPort',
    set: { [`${nics}[0].portRanges`]: [{ start: 0, end: 2 }] },
    field: `${nics}[0].portRanges[0].start`,
    says: /^Start must be a valid port number, 0 < x < 65536/,
  },
  {
    name: 'portRangeEndIsAPort',
    set: { [`${nics}[0].portRanges`]: [{ start: 1, end: 65536 }] },
    field: `${nics}[0].portRanges[0].end`,
    says: /^End must be a valid port number/,
  },
  {
    name: 'portRangeAscends',
    set: { [`${nics}[0].portRanges`]: [{ start: 3, end: 2 }] },
    field: `${nics}[0].portRanges[0].start`,
    says: /^Start must be less than or equal to end/,
  },
  {
    name: 'portRangesDoNotOverlap',
    set: {
      [`${nics}[0].portRanges`]: [
        { start: 50, end: 60 },
        { start: 1, end: 50, protocol: 'TCP' },
        { start: 1, end: 50, protocol: 'UDP' },
      ],
    },
    field: `${nics}[0].portRanges`,
    says: /^TCP portRanges 1-50 and 50-60 overlap/,
  },
  {
    name: 'privateOptionsDiffer',
    set: {
      [`${nics}[0].dhcpOptions.privateOptions`]: [
        { option: 240, value: 'a' },
        { option: 240, value: 'b' },
      ],
    },
    field: `${nics}[0].dhcpOptions.privateOptions[1].option`,
    says: /^Found Duplicates/,
  },
  {
    name: 'privateOptionsAreInRange',
    set: { [`${nics}[0].dhcpOptions.privateOptions`]: [{ option: 6, value: 'a' }] },
    field: `${nics}[0].dhcpOptions.privateOptions[0].option`,
    says: /must be in range 224 to 254/,
  },
  {
    name: 'ntpServersAreIpv4',
    set: { [`${nics}[0].dhcpOptions.ntpServers`]: ['10.0.0.1', 'time.example'] },
    field: `${nics}[0].dhcpOptions.ntpServers[1]`,
    says: /^NTP servers must be a list of valid IPv4 addresses\./,
  },
  {
    name: 'dhcpOptionsFit: long',
    set: { [`${nics}[0].dhcpOptions.bootFileName`]: 'x'.repeat(256) },
    field: `${nics}[0].dhcpOptions.bootFileName`,
  },
  {
    name: 'dhcpOptionsFit: many',
    set: { [`${nics}[0].dhcpOptions.ntpServers`]: Array.from({ length: 9 }, () => '10.0.0.1') },
    field: `${nics}[0].dhcpOptions.ntpServers`,
  },
  {
    name: 'bridgeIsPermittedOnPodNetwork',
    set: { [`${nics}[0]`]: { name: 'default', bridge: {} } },
    config: { ...defaultConfig, bridgeOnPodNetwork: false },
    field: `${nics}[0].name`,
    says: /^Bridge on pod network configuration is not enabled under kubevirt-config/,
  },
];

testRules(rows, plugins, interfaces, networks, bindings, ports, dhcp, claims);
