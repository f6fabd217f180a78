/** Writing responses, on a request and on a connection whose upgrade was refused. */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpResponse } from './types.ts';

const safety = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

/** Sends the one response of a request; a client that is gone is no error. */
export function send(message: IncomingMessage, response: ServerResponse, result: HttpResponse): void {
  if (response.destroyed) return;
  const { payload, contentType } = encode(result.body);
  // Unread bytes of a refused body must not be taken for the next request.
  if (!message.complete) response.setHeader('connection', 'close');
  response.writeHead(result.status, {
    ...safety,
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    'content-length': payload.length,
    ...result.headers,
  });
  response.end(payload);
}

function encode(body: unknown): { payload: Buffer; contentType: string | undefined } {
  if (body === undefined) return { payload: Buffer.alloc(0), contentType: undefined };
  if (Buffer.isBuffer(body)) return { payload: body, contentType: 'application/octet-stream' };
  if (typeof body === 'string')
    return { payload: Buffer.from(body), contentType: 'text/plain; charset=utf-8' };
  return { payload: Buffer.from(JSON.stringify(body)), contentType: 'application/json' };
}

/** Answers an upgrade, before the protocol was switched, with a plain HTTP response. */
export function refuseUpgrade(socket: Duplex, result: HttpResponse): void {
  const { payload, contentType } = encode(result.body);
  const headers: Record<string, string> = {
    ...safety,
    'content-type': contentType ?? 'text/plain',
    'content-length': String(payload.length),
    connection: 'close',
    ...result.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${result.status} ${STATUS_CODES[result.status] ?? 'Unknown'}\r\n`;
  socket.end(Buffer.concat([Buffer.from(`${status}${lines.join('')}\r\n`), payload]));
}
