/** Reading a request's body without trusting its length. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from './status.ts';

/**
 * Reads the whole body.
 * @throws HttpError 413 RequestTooLarge past `maxBytes`; the rest of the body is then thrown away unread.
 */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(message.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection must outlive a refusal, or its reason would never arrive.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'RequestTooLarge', `the request's body is larger than ${maxBytes} bytes`);
}
