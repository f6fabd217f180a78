/** What the guest of one interface is told, and the answer to each of its packets. Pure. */
import { isIPv4 } from 'node:net';
import type { PodRoute } from '../../network/links.ts';
import { encodeDomain } from './domain.ts';
import { encodePacket, messageTypes, optionCodes, parseAddress } from './packet.ts';
import type { ClientPacket, Option } from './packet.ts';
import type { ResolverConfig } from './resolv-conf.ts';
import { isDomain } from './resolv-conf.ts';

/** `dhcpOptions` of an interface in the spec. */
export interface CustomOptions {
  bootFileName?: string;
  tftpServerName?: string;
  ntpServers?: string[];
  privateOptions?: { option: number; value: string }[];
}

export interface Lease {
  /** Of the interface in the spec. */
  name: string;
  /** The guest's, by which its packets are known. */
  mac: string;
  guestAddress: string;
  prefixLength: number;
  /** Of the bridge: where answers come from. */
  serverAddress: string;
  /** Way to everywhere; none on a network that has none. */
  router?: string;
  /** What the guest reaches other than through the router; they replace it, so the default is among them. */
  routes?: readonly PodRoute[];
  /** The guest's address is the pod's own, so that nothing can be sent to it from here. */
  broadcastOnly?: boolean;
  resolver: ResolverConfig;
  hostname: string;
  /** Pod's subdomain; makes the search list and the domain name start with the VM's own domain. */
  subdomain?: string;
  /** Of the bridge, in bytes. */
  mtu: number;
  custom?: CustomOptions;
}

const infinite = 0xffffffff;
const nowhere = '0.0.0.0';

export interface Answer {
  bytes: Buffer;
  /** Where it goes: the limited broadcast until the guest has its address. */
  address: string;
}

/** Answers a packet of this lease's guest; undefined when nothing is to be said. */
export function answer(lease: Lease, packet: ClientPacket): Answer | undefined {
  if (packet.mac !== lease.mac) return undefined;
  switch (packet.messageType) {
    case messageTypes.discover:
      return reply(lease, packet, messageTypes.offer);
    case messageTypes.request:
      return answerRequest(lease, packet);
    case messageTypes.inform:
      return reply(lease, packet, messageTypes.ack);
    default:
      return undefined;
  }
}

function answerRequest(lease: Lease, packet: ClientPacket): Answer | undefined {
  const { guestAddress, serverAddress } = lease;
  if (packet.serverId !== undefined && packet.serverId !== serverAddress) return undefined;
  const wanted = packet.requestedAddress ?? packet.clientAddress;
  return reply(lease, packet, wanted === guestAddress ? messageTypes.ack : messageTypes.nak);
}

function reply(lease: Lease, request: ClientPacket, messageType: number): Answer {
  const refused = messageType === messageTypes.nak;
  const informing = request.messageType === messageTypes.inform;
  const { guestAddress, serverAddress } = lease;
  const bytes = encodePacket({
    request,
    messageType,
    yourAddress: refused || informing ? nowhere : guestAddress,
    serverAddress: refused ? nowhere : serverAddress,
    options: [
      { code: optionCodes.messageType, value: Buffer.from([messageType]) },
      { code: optionCodes.serverId, value: parseAddress(serverAddress) },
      ...(refused || informing ? [] : [number(optionCodes.leaseTime, infinite, 4)]),
      ...(refused ? [] : leaseOptions(lease)),
    ],
  });
  return { bytes, address: !refused && hears(lease, request) ? guestAddress : '255.255.255.255' };
}

/** Whether the guest can be sent to at its address: it has it, has not asked otherwise, and it is not the pod's. */
function hears({ guestAddress, broadcastOnly }: Lease, { broadcast, clientAddress }: ClientPacket): boolean {
  return !broadcast && clientAddress === guestAddress && broadcastOnly !== true;
}

/** Everything a guest learns about its network, the indispensable first. */
export function leaseOptions(lease: Lease): Option[] {
  const { resolver, custom = {} } = lease;
  const search = searchList(lease);
  const domain = search.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
  return [
    number(optionCodes.subnetMask, prefixMask(lease.prefixLength), 4),
    addresses(optionCodes.router, lease.router === undefined ? [] : [lease.router]),
    { code: optionCodes.classlessRoutes, value: Buffer.concat((lease.routes ?? []).map(encodeRoute)) },
    addresses(optionCodes.dnsServers, resolver.servers),
    number(optionCodes.mtu, lease.mtu, 2),
    text(optionCodes.hostName, lease.hostname),
    text(optionCodes.domainName, domain),
    text(optionCodes.tftpServerName, custom.tftpServerName ?? ''),
    text(optionCodes.bootFileName, custom.bootFileName ?? ''),
    addresses(optionCodes.ntpServers, (custom.ntpServers ?? []).filter(isIPv4)),
    { code: optionCodes.domainSearch, value: Buffer.concat(search.map(encodeDomain)) },
    ...(custom.privateOptions ?? [])
      .filter(({ option }) => option >= 224 && option <= 254)
      .map(({ option, value }) => text(option, value)),
  ].filter((option) => option.value.length > 0);
}

/** The pod's search list, headed by the domain of the VM's own subdomain when it has one. */
export function searchList({ resolver, subdomain }: Pick<Lease, 'resolver' | 'subdomain'>): string[] {
  const service = resolver.search.find((name) => name.split('.')[1] === 'svc');
  if (subdomain === undefined || service === undefined) return resolver.search;
  const own = `${subdomain}.${service}`;
  return resolver.search.includes(own) || !isDomain(own) ? resolver.search : [own, ...resolver.search];
}

function prefixMask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (infinite << (32 - prefixLength)) >>> 0;
}

function number(code: number, value: number, length: 2 | 4): Option {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return { code, value: bytes };
}

const text = (code: number, value: string): Option => ({ code, value: Buffer.from(value).subarray(0, 255) });

const addresses = (code: number, list: string[]): Option => ({
  code,
  value: Buffer.concat(list.slice(0, 8).map(parseAddress)),
});

/** A route as RFC 3442 has it: the prefix length, the significant bytes of the network, the gateway. */
function encodeRoute({ destination, gateway }: PodRoute): Buffer {
  const [network = nowhere, prefix = '32'] = destination.split('/');
  const significant = parseAddress(network).subarray(0, Math.ceil(Number(prefix) / 8));
  return Buffer.concat([Buffer.from([Number(prefix)]), significant, parseAddress(gateway)]);
}
