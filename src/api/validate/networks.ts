/** Rules on networks and on how interfaces refer to them. */
import { parseIpv6 } from '../../network/ipv6.ts';
import { isMultusDefault } from '../../network/names.ts';
import type { Network } from '../types.ts';
import { duplicate, invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.networks`;
const interfacesAt = ({ path }: SpecContext): string => `${path}.domain.devices.interfaces`;

export function networkHasInterface(context: SpecContext): Cause[] {
  const names = new Set((context.spec.domain.devices.interfaces ?? []).map((iface) => iface.name));
  return forEachItem(context.spec.networks, at(context), (network, field) =>
    names.has(network.name)
      ? []
      : [
          required(
            `${field}.name`,
            `${field}.name '${network.name}' not found. Add an interface of that name to ${interfacesAt(context)} or remove the network`,
          ),
        ],
  );
}

export function interfaceHasNetwork(context: SpecContext): Cause[] {
  const names = new Set((context.spec.networks ?? []).map((network) => network.name));
  return forEachItem(context.spec.domain.devices.interfaces, interfacesAt(context), (iface, field) =>
    names.has(iface.name)
      ? []
      : [
          invalid(
            `${field}.name`,
            `${field}.name '${iface.name}' not found. Add {name: ${iface.name}, pod: {}} to ${at(context)} or remove the interface`,
          ),
        ],
  );
}

export function networkNamesDiffer(context: SpecContext): Cause[] {
  return repeats(context.spec.networks ?? [], (network) => network.name).map(({ index }) => {
    const name = context.spec.networks?.[index]?.name ?? '';
    return duplicate(
      `${at(context)}[${index}].name`,
      `Network with name "${name}" already exists, every network must have a unique name`,
    );
  });
}

export function interfaceNamesDiffer(context: SpecContext): Cause[] {
  return repeats(context.spec.domain.devices.interfaces ?? [], (iface) => iface.name).map(({ index }) =>
    duplicate(
      `${interfacesAt(context)}[${index}].name`,
      'Only one interface can be connected to one specific network; remove one of them',
    ),
  );
}

const typesOf = (network: Network): string[] =>
  Object.entries(network)
    .filter(([name, value]) => name !== 'name' && value !== undefined && value !== null)
    .map(([name]) => name);

export function networkHasOneType(context: SpecContext): Cause[] {
  return forEachItem(context.spec.networks, at(context), (network, field) => {
    const types = typesOf(network);
    if (types.length === 1) return [];
    const wrong = types.length === 0 ? 'should have a network type' : 'should have only one network type';
    return [required(field, `${field} ${wrong}; use pod: {} or multus`)];
  });
}

export function onePodNetwork(context: SpecContext): Cause[] {
  const indexes = (context.spec.networks ?? []).flatMap((network, index) => (network.pod ? [index] : []));
  return indexes
    .slice(1)
    .map((index) =>
      duplicate(
        `${at(context)}[${index}].pod`,
        `more than one interface is connected to a pod network in ${interfacesAt(context)}; a pod has one, so keep one`,
      ),
    );
}

export function oneMultusDefault(context: SpecContext): Cause[] {
  const defaults = (context.spec.networks ?? []).filter(isMultusDefault);
  if (defaults.length <= 1) return [];
  const names = defaults.map(({ name }) => name).join(', ');
  return [invalid(at(context), `Multus CNI should only have one default network; found ${names}`)];
}

export function podNetworkOrMultusDefault(context: SpecContext): Cause[] {
  const networks = context.spec.networks ?? [];
  const both = networks.some(({ pod }) => pod) && networks.some(isMultusDefault);
  const message =
    'Pod network cannot be defined when Multus default network is defined; remove the one or the other';
  return both ? [invalid(at(context), message)] : [];
}

export function multusNetworkIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.networks, at(context), ({ multus }, field) =>
    !multus || multus.networkName
      ? []
      : [
          required(
            field,
            'CNI delegating plugin must have a networkName; name a NetworkAttachmentDefinition in multus.networkName',
          ),
        ],
  );
}

export function podCidrIsANetwork(context: SpecContext): Cause[] {
  return forEachItem(context.spec.networks, at(context), (network, item) => {
    const cidr = network.pod?.vmNetworkCIDR;
    if (!cidr || isNetwork(cidr)) return [];
    const field = `${item}.pod.vmNetworkCIDR`;
    return [
      invalid(
        field,
        `${field} '${cidr}' is no IPv4 network with a prefix from 8 to 29; write it like 10.0.2.0/24`,
      ),
    ];
  });
}

export function podIpv6CidrIsANetwork(context: SpecContext): Cause[] {
  return forEachItem(context.spec.networks, at(context), (network, item) => {
    const cidr = network.pod?.vmIPv6NetworkCIDR;
    if (!cidr || isIpv6Network(cidr)) return [];
    const field = `${item}.pod.vmIPv6NetworkCIDR`;
    return [
      invalid(
        field,
        `${field} '${cidr}' is no IPv6 network (of fc00::/7 or 2000::/3) with a prefix from 8 to 126; write it like fd10:0:2::/120`,
      ),
    ];
  });
}

/** Router and guest must fit behind the network's own address, and no link's own addresses or groups are taken. */
function isIpv6Network(cidr: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(cidr);
  const address = parseIpv6(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  if (address === undefined || !(prefix >= 8 && prefix <= 126)) return false;
  const isUnicast = address >> 121n === 0xfcn >> 1n || address >> 125n === 1n;
  return isUnicast && address % (1n << BigInt(128 - prefix)) === 0n;
}

/** Guest, gateway, network and broadcast address must fit, and the address must be the network's own. */
function isNetwork(cidr: string): boolean {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr);
  const address = parseIpv4(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  if (address === undefined || !(prefix >= 8 && prefix <= 29)) return false;
  return address % 2 ** (32 - prefix) === 0;
}

/** The address as a number; undefined when the text is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  const valid =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return valid ? parts.reduce((address, part) => address * 256 + Number(part), 0) : undefined;
}
