/** DHCPv4 packets (RFC 2131, 2132, 3396) to and from bytes. Pure; never throws on what a guest sends. */

export const messageTypes = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
};

export const optionCodes = {
  subnetMask: 1,
  router: 3,
  dnsServers: 6,
  hostName: 12,
  domainName: 15,
  mtu: 26,
  ntpServers: 42,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverId: 54,
  maxMessageSize: 57,
  tftpServerName: 66,
  bootFileName: 67,
  domainSearch: 119,
  classlessRoutes: 121,
} as const;

/** A packet of a client, as far as a server needs it. */
export interface ClientPacket {
  transactionId: number;
  seconds: number;
  broadcast: boolean;
  /** `ciaddr`: the address the client already uses, or 0.0.0.0. */
  clientAddress: string;
  gatewayAddress: string;
  mac: string;
  messageType: number;
  requestedAddress?: string;
  serverId?: string;
  /** Longest packet that the client takes, in bytes. */
  maxMessageSize: number;
}

export interface ServerPacket {
  request: ClientPacket;
  messageType: number;
  /** `yiaddr`; 0.0.0.0 in a refusal. */
  yourAddress: string;
  serverAddress: string;
  options: Option[];
}

export interface Option {
  code: number;
  value: Buffer;
}

const magic = 0x63825363;
const headerLength = 240;
const defaultMessageSize = 576;
/** IP and UDP headers count towards the size that a client announces. */
const ipUdpHeaders = 28;
const minimumLength = 300;

/** Reads a client's packet. @returns undefined for anything that is not a well-formed request over Ethernet. */
export function decodePacket(bytes: Buffer): ClientPacket | undefined {
  if (!isEthernetRequest(bytes)) return undefined;
  const options = decodeOptions(bytes.subarray(headerLength));
  const type = options?.get(optionCodes.messageType);
  if (options === undefined || type?.length !== 1) return undefined;
  const requestedAddress = addressOf(options.get(optionCodes.requestedAddress));
  const serverId = addressOf(options.get(optionCodes.serverId));
  return {
    transactionId: bytes.readUInt32BE(4),
    seconds: bytes.readUInt16BE(8),
    broadcast: (bytes.readUInt16BE(10) & 0x8000) !== 0,
    clientAddress: formatAddress(bytes.subarray(12, 16)),
    gatewayAddress: formatAddress(bytes.subarray(24, 28)),
    mac: formatMac(bytes.subarray(28, 34)),
    messageType: type.readUInt8(0),
    maxMessageSize: sizeOf(options.get(optionCodes.maxMessageSize)),
    ...(requestedAddress === undefined ? {} : { requestedAddress }),
    ...(serverId === undefined ? {} : { serverId }),
  };
}

function isEthernetRequest(bytes: Buffer): boolean {
  if (bytes.length < headerLength || bytes.length > 1500) return false;
  return bytes.readUInt8(0) === 1 && bytes.readUInt16BE(1) === 0x0106 && bytes.readUInt32BE(236) === magic;
}

/** Options by code; a repeated one is joined. Undefined when one runs past the end. */
function decodeOptions(bytes: Buffer): Map<number, Buffer> | undefined {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const code = bytes.readUInt8(at++);
    if (code === 0) continue;
    if (code === 255) return found;
    const length = bytes[at++];
    if (length === undefined || at + length > bytes.length) return undefined;
    found.set(code, Buffer.concat([found.get(code) ?? Buffer.alloc(0), bytes.subarray(at, at + length)]));
    at += length;
  }
  return found;
}

function sizeOf(value: Buffer | undefined): number {
  const announced = value?.length === 2 ? value.readUInt16BE(0) : defaultMessageSize;
  return Math.min(Math.max(announced, defaultMessageSize), 1500);
}

/**
 * Writes a reply. Options go in as given until the next one would exceed what the client takes; so the
 * important ones come first.
 */
export function encodePacket(packet: ServerPacket): Buffer {
  const header = encodeHeader(packet);
  const parts: Buffer[] = [header];
  let left = packet.request.maxMessageSize - ipUdpHeaders - headerLength - 1;
  for (const option of packet.options) {
    const encoded = encodeOption(option);
    if (encoded.length > left) continue;
    left -= encoded.length;
    parts.push(encoded);
  }
  parts.push(Buffer.from([255]));
  const bytes = Buffer.concat(parts);
  return bytes.length >= minimumLength ? bytes : Buffer.concat([bytes], minimumLength);
}

function encodeHeader({ request, messageType, yourAddress, serverAddress }: ServerPacket): Buffer {
  const header = Buffer.alloc(headerLength);
  header.set([2, 1, 6, 0], 0);
  header.writeUInt32BE(request.transactionId, 4);
  header.writeUInt16BE(request.broadcast ? 0x8000 : 0, 10);
  if (messageType !== messageTypes.nak) header.set(parseAddress(request.clientAddress), 12);
  header.set(parseAddress(yourAddress), 16);
  header.set(parseAddress(serverAddress), 20);
  header.set(parseAddress(request.gatewayAddress), 24);
  header.set(Buffer.from(request.mac.replaceAll(':', ''), 'hex'), 28);
  header.writeUInt32BE(magic, 236);
  return header;
}

/** One option, cut into several of the same code when it is longer than 255 bytes. */
function encodeOption({ code, value }: Option): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) {
    const part = value.subarray(at, at + 255);
    parts.push(Buffer.from([code, part.length]), part);
  }
  return Buffer.concat(parts);
}

function addressOf(value: Buffer | undefined): string | undefined {
  return value?.length === 4 ? formatAddress(value) : undefined;
}

/** Dotted form of four bytes. */
export function formatAddress(bytes: Uint8Array): string {
  return [...bytes].join('.');
}

/** Four bytes of a dotted IPv4 address that was checked before. */
export function parseAddress(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function formatMac(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
