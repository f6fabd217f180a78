/** The few DER encodings that an X.509 certificate is made of (X.690). Pure. */

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One tag-length-value; `tagByte` is needed raw only for context-specific tags. */
export function tlv(tagByte: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tagByte]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => tlv(tag.sequence, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => tlv(tag.set, ...content);
export const boolean = (value: boolean): Buffer => tlv(tag.boolean, Buffer.from([value ? 0xff : 0]));
export const octetString = (value: Uint8Array): Buffer => tlv(tag.octetString, value);
export const utf8String = (value: string): Buffer => tlv(tag.utf8String, Buffer.from(value, 'utf8'));

/** A non-negative integer given as big-endian bytes: without redundant zeros, never read as negative. */
export function integer(value: Uint8Array): Buffer {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const trimmed = value.subarray(start);
  const negative = ((trimmed[0] ?? 0) & 0x80) !== 0;
  return negative ? tlv(tag.integer, Buffer.from([0]), trimmed) : tlv(tag.integer, trimmed);
}

/** @param unusedBits how many of the last byte's low bits say nothing. */
export const bitString = (value: Uint8Array, unusedBits = 0): Buffer =>
  tlv(tag.bitString, Buffer.from([unusedBits]), value);

/** @param dotted such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(tag.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128));
  }
  return bytes;
}

/** UTCTime up to 2049 and GeneralizedTime after, as RFC 5280 §4.1.2.5 demands; whole seconds. */
export function time(value: Date): Buffer {
  const digits = value.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return value.getUTCFullYear() < 2050
    ? tlv(tag.utcTime, Buffer.from(digits.slice(2)))
    : tlv(tag.generalizedTime, Buffer.from(digits));
}
