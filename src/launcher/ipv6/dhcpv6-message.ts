/** DHCPv6 messages (RFC 8415) to and from bytes. Pure; never throws on what a guest sends. */

export const messageTypes = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  informationRequest: 11,
} as const;

export const optionCodes = {
  clientId: 1,
  serverId: 2,
  addresses: 3,
  address: 5,
  preference: 7,
  status: 13,
  rapidCommit: 14,
  servers: 23,
  search: 24,
} as const;

export interface Option {
  code: number;
  value: Buffer;
}

/** A message between client and server. */
export interface Message {
  type: number;
  /** 3 bytes. */
  transaction: Buffer;
  options: Option[];
}

/** A DUID has at most 130 bytes, and clients ask for a few things only. */
const maxOptions = 32;

/** Reads a message. @returns undefined when an option runs past the end, or there are too many. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < 4) return undefined;
  const options = decodeOptions(bytes.subarray(4));
  return options && { type: bytes.readUInt8(0), transaction: bytes.subarray(1, 4), options };
}

/** Reads options, of a message or within one. */
export function decodeOptions(bytes: Buffer): Option[] | undefined {
  const options: Option[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length || options.length === maxOptions) return undefined;
    const length = bytes.readUInt16BE(at + 2);
    const end = at + 4 + length;
    if (end > bytes.length) return undefined;
    options.push({ code: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, end) });
    at = end;
  }
  return options;
}

export const encodeMessage = ({ type, transaction, options }: Message): Buffer =>
  Buffer.concat([Buffer.from([type]), transaction, encodeOptions(options)]);

export const encodeOptions = (options: readonly Option[]): Buffer =>
  Buffer.concat(
    options.flatMap(({ code, value }) => {
      const header = Buffer.alloc(4);
      header.writeUInt16BE(code, 0);
      header.writeUInt16BE(value.length, 2);
      return [header, value];
    }),
  );

/** The value of the first option of a code. */
export const optionOf = (options: readonly Option[], code: number): Buffer | undefined =>
  options.find((option) => option.code === code)?.value;
