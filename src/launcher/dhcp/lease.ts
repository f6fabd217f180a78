/** What the guest of one interface is told, and the answer to each of its packets. Pure. */
import { isIPv4 } from 'node:net';
import type { InterfacePlan } from '../../network/plan.ts';
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
  plan: InterfacePlan;
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
  if (packet.mac !== lease.plan.mac) return undefined;
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
  const { guestAddress, gatewayAddress } = lease.plan;
  if (packet.serverId !== undefined && packet.serverId !== gatewayAddress) return undefined;
  const wanted = packet.requestedAddress ?? packet.clientAddress;
  return reply(lease, packet, wanted === guestAddress ? messageTypes.ack : messageTypes.nak);
}

function reply(lease: Lease, request: ClientPacket, messageType: number): Answer {
  const refused = messageType === messageTypes.nak;
  const informing = request.messageType === messageTypes.inform;
  const { guestAddress, gatewayAddress } = lease.plan;
  const bytes = encodePacket({
    request,
    messageType,
    yourAddress: refused || informing ? nowhere : guestAddress,
    serverAddress: refused ? nowhere : gatewayAddress,
    options: [
      { code: optionCodes.messageType, value: Buffer.from([messageType]) },
      { code: optionCodes.serverId, value: parseAddress(gatewayAddress) },
      ...(refused || informing ? [] : [number(optionCodes.leaseTime, infinite, 4)]),
      ...(refused ? [] : leaseOptions(lease)),
    ],
  });
  const direct = !refused && !request.broadcast && request.clientAddress === guestAddress;
  return { bytes, address: direct ? guestAddress : '255.255.255.255' };
}

/** Everything a guest learns about its network, the indispensable first. */
export function leaseOptions(lease: Lease): Option[] {
  const { plan, resolver, custom = {} } = lease;
  const search = searchList(lease);
  const domain = search.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
  return [
    number(optionCodes.subnetMask, prefixMask(plan.prefixLength), 4),
    { code: optionCodes.router, value: parseAddress(plan.gatewayAddress) },
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
function searchList({ resolver, subdomain }: Lease): string[] {
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

/** A name as length-prefixed labels, uncompressed (RFC 1035 §3.1). */
function encodeDomain(name: string): Buffer {
  const labels = name
    .split('.')
    .map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
