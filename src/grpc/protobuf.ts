/** The few parts of Protocol Buffers' wire format that our gRPC peers use. */
import { MonovirtError } from '../support/errors.ts';

/** Wire types: a number, or a run of bytes that begins with its length. */
const varintType = 0;
const bytesType = 2;
const fixed64Type = 1;
const fixed32Type = 5;

/** One decoded field; unknown numbers are the caller's to skip. */
export interface Field {
  number: number;
  value: bigint | Buffer;
}

/** Builds a message field by field; fields with their default value are left out, as proto3 asks. */
export class MessageWriter {
  readonly #parts: Buffer[] = [];

  bool(number: number, value: boolean): this {
    if (value) this.#parts.push(varint((number << 3) | varintType), varint(1));
    return this;
  }

  string(number: number, value: string): this {
    return value === '' ? this : this.bytes(number, Buffer.from(value, 'utf8'));
  }

  /** A nested message or raw bytes; empty ones are written, because an empty message differs from none. */
  bytes(number: number, value: Buffer): this {
    this.#parts.push(varint((number << 3) | bytesType), varint(value.length), value);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/**
 * Splits a message into its fields, in the order they were sent.
 * @throws MonovirtError `MalformedMessage` when the bytes are no message.
 */
export function readFields(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const type = Number(tag.value & 7n);
    const value = readValue(message, tag.next, type);
    at = value.next;
    if (value.field !== undefined) fields.push({ number: Number(tag.value >> 3n), value: value.field });
  }
  return fields;
}

interface ReadValue {
  field: bigint | Buffer | undefined;
  next: number;
}

function readValue(message: Buffer, at: number, type: number): ReadValue {
  if (type === varintType) {
    const { value, next } = readVarint(message, at);
    return { field: value, next };
  }
  if (type === bytesType) {
    const { value: length, next } = readVarint(message, at);
    return slice(message, next, Number(length));
  }
  if (type === fixed64Type) return { ...slice(message, at, 8), field: undefined };
  if (type === fixed32Type) return { ...slice(message, at, 4), field: undefined };
  throw malformed(`wire type ${type}`);
}

function slice(message: Buffer, at: number, length: number): ReadValue {
  const next = at + length;
  if (next > message.length) throw malformed('a field longer than the message');
  return { field: message.subarray(at, next), next };
}

function readVarint(message: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = message[start + index];
    if (byte === undefined) throw malformed('a number cut short');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw malformed('a number of more than 64 bits');
}

const malformed = (what: string): MonovirtError =>
  new MonovirtError('MalformedMessage', `a protobuf message came with ${what}`, 'never');
