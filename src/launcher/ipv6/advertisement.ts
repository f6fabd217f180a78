/** Router advertisements (RFC 4861, 8106). Pure. */
import { ipv6Bytes } from '../../network/ipv6.ts';
import { bridgeMac } from '../../network/router.ts';
import { encodeDomain } from '../dhcp/domain.ts';
import { macBytes } from './frame.ts';
import type { Ipv6Lease } from './lease.ts';

const routerSolicitation = 133;
const routerAdvertisement = 134;
const hopLimit = 64;
/** Address and everything else come over DHCPv6. */
const managed = 0x80;
const otherConfiguration = 0x40;
/** The network is on the link; no guest makes addresses of its own in it, for nothing would reach them. */
const onLink = 0x80;
const forever = 0xffffffff;
/** How long a guest keeps its router without hearing of it again, in seconds: the most that every guest takes. */
const routerLifetime = 9000;
/** How often it hears of it unasked, in milliseconds. */
export const advertisementIntervalMs = 1_800_000;

/** Whether ICMPv6 asks for routers. */
export const isRouterSolicitation = (payload: Buffer): boolean =>
  payload.readUInt8(0) === routerSolicitation && payload.readUInt8(1) === 0;

/** The ICMPv6 message without its checksum. */
export function routerAdvertisementFor(lease: Ipv6Lease): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt8(routerAdvertisement, 0);
  header.writeUInt8(hopLimit, 4);
  header.writeUInt8(managed | otherConfiguration, 5);
  header.writeUInt16BE(routerLifetime, 6);
  return Buffer.concat([
    header,
    option(1, macBytes(bridgeMac)),
    option(5, Buffer.concat([Buffer.alloc(2), number(lease.mtu)])),
    option(3, prefixOf(lease)),
    ...resolvers(lease),
  ]);
}

function prefixOf({ network, prefixLength }: Ipv6Lease): Buffer {
  const flags = Buffer.from([prefixLength, onLink]);
  return Buffer.concat([flags, number(forever), number(forever), number(0), ipv6Bytes(network)]);
}

function resolvers({ servers, search }: Ipv6Lease): Buffer[] {
  if (servers.length === 0) return [];
  const head = Buffer.concat([Buffer.alloc(2), number(forever)]);
  const domains = Buffer.concat([head, ...search.map(encodeDomain)]);
  return [
    option(25, Buffer.concat([head, ...servers.map(ipv6Bytes)])),
    ...(search.length === 0 ? [] : [option(31, domains)]),
  ];
}

/** Type, length in units of 8 bytes, value; filled up with zeros. */
function option(type: number, value: Buffer): Buffer {
  const units = Math.ceil((value.length + 2) / 8);
  const bytes = Buffer.alloc(units * 8);
  bytes.set([type, units]);
  bytes.set(value, 2);
  return bytes;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
