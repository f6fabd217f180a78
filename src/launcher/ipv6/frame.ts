/** Ethernet frames with ICMPv6 or UDP over IPv6, to and from bytes. Pure; never throws on what a guest sends. */
import { ipv6Bytes, ipv6OfBytes } from '../../network/ipv6.ts';

export const icmpv6 = 58;
export const udp = 17;
const etherType = 0x86dd;
/** Length of what comes before the packet, in bytes. */
export const ethernetHeader = 14;
const ipv6Header = 40;
const udpHeader = 8;

export interface Frame {
  sourceMac: string;
  targetMac: string;
  source: string;
  target: string;
  hopLimit: number;
  protocol: typeof icmpv6 | typeof udp;
  /** What follows the IPv6 header. */
  payload: Buffer;
}

/** Whether a frame says that it carries IPv6. */
export const isIpv6 = (bytes: Buffer): boolean =>
  bytes.length >= ethernetHeader && bytes.readUInt16BE(12) === etherType;

/** Whom a frame of at least an Ethernet header is for. */
export const targetMacOf = (bytes: Buffer): string => formatMac(bytes.subarray(0, 6));

/** Reads a frame. @returns undefined for all but ICMPv6 and UDP right behind a whole IPv6 header. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  const payloadAt = ethernetHeader + ipv6Header;
  if (bytes.length < payloadAt + udpHeader || !isIpv6(bytes)) return undefined;
  const length = bytes.readUInt16BE(18);
  const protocol = bytes.readUInt8(20);
  const whole = bytes.readUInt8(14) >> 4 === 6 && length >= udpHeader && payloadAt + length <= bytes.length;
  if (!whole || (protocol !== icmpv6 && protocol !== udp)) return undefined;
  return {
    targetMac: targetMacOf(bytes),
    sourceMac: formatMac(bytes.subarray(6, 12)),
    source: ipv6OfBytes(bytes.subarray(22, 38)),
    target: ipv6OfBytes(bytes.subarray(38, 54)),
    hopLimit: bytes.readUInt8(21),
    protocol,
    payload: bytes.subarray(payloadAt, payloadAt + length),
  };
}

/** Where the checksum of each protocol lies in its header. */
const checksumAt = { [icmpv6]: 2, [udp]: 6 } as const;

/** Writes a frame, with the checksum of its payload. */
export function encodeFrame(frame: Frame): Buffer {
  const header = Buffer.alloc(ethernetHeader + ipv6Header);
  header.set(macBytes(frame.targetMac), 0);
  header.set(macBytes(frame.sourceMac), 6);
  header.writeUInt16BE(etherType, 12);
  header.writeUInt8(6 << 4, 14);
  header.writeUInt16BE(frame.payload.length, 18);
  header.writeUInt8(frame.protocol, 20);
  header.writeUInt8(frame.hopLimit, 21);
  header.set(ipv6Bytes(frame.source), 22);
  header.set(ipv6Bytes(frame.target), 38);
  const payload = Buffer.from(frame.payload);
  const at = checksumAt[frame.protocol];
  payload.writeUInt16BE(0, at);
  const sum = checksum(header.subarray(22, 54), frame.protocol, payload);
  // In UDP no checksum is written as 0; one that is 0 is written as its other form.
  payload.writeUInt16BE(sum === 0 ? 0xffff : sum, at);
  return Buffer.concat([header, payload]);
}

/** The Internet checksum over the pseudo-header of RFC 8200 §8.1 and the payload. */
function checksum(addresses: Buffer, protocol: number, payload: Buffer): number {
  const total = wordsOf(addresses) + payload.length + protocol + wordsOf(payload);
  const once = (total & 0xffff) + (total >>> 16);
  return ~((once & 0xffff) + (once >>> 16)) & 0xffff;
}

function wordsOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  return sum;
}

const formatMac = (bytes: Buffer): string => (bytes.toString('hex').match(/../g) ?? []).join(':');

/** The 6 bytes of a MAC in lower case with colons. */
export const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');

export interface Datagram {
  sourcePort: number;
  targetPort: number;
  data: Buffer;
}

/** Reads what UDP carries. @returns undefined when its length is not that of the payload. */
export function decodeDatagram(payload: Buffer): Datagram | undefined {
  if (payload.length < udpHeader || payload.readUInt16BE(4) !== payload.length) return undefined;
  return {
    sourcePort: payload.readUInt16BE(0),
    targetPort: payload.readUInt16BE(2),
    data: payload.subarray(udpHeader),
  };
}

/** Writes it; the checksum is the frame's business. */
export function encodeDatagram({ sourcePort, targetPort, data }: Datagram): Buffer {
  const header = Buffer.alloc(udpHeader);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(targetPort, 2);
  header.writeUInt16BE(udpHeader + data.length, 4);
  return Buffer.concat([header, data]);
}
