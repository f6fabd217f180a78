/** Splits a byte stream into lines of JSON. Works on bytes, so a character may be cut by a chunk's end. */
import { TransportError } from './types.ts';

const newline = 0x0a;

/** Objects in etcd are limited to about 3 MiB as JSON; anything far beyond is not from an API server. */
export const maxLineBytes = 16 << 20;

/**
 * Yields the text of each complete line. Throws TransportError when a line exceeds `maxBytes`, or when the
 * stream ends inside a line: half an object is never an event.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = maxLineBytes,
): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
      yield join([...pending, rest.subarray(0, end)]);
      pending = [];
      bytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) pending.push(rest);
    bytes += rest.length;
    if (bytes > maxBytes)
      throw new TransportError(`a watch sent a line of more than ${maxBytes} bytes`, undefined);
  }
  if (bytes > 0) throw new TransportError('a watch ended in the middle of an event', undefined);
}

const join = (parts: Uint8Array[]): string => Buffer.concat(parts).toString('utf8');
