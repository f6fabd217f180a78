/** What routes get to see of a request. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Params } from './router.ts';
import type { HttpRequest } from './types.ts';

/** The target as a URL; the host is of no interest and client-given, so it is never used. */
export function urlOf(message: IncomingMessage): URL | undefined {
  const target = message.url ?? '/';
  return target.startsWith('/') ? (URL.parse(`https://monovirt.invalid${target}`) ?? undefined) : undefined;
}

/** The parts that plain requests and upgrades share. */
export function commonParts(
  message: IncomingMessage,
  url: URL,
  params: Params,
): Omit<HttpRequest, 'method' | 'signal' | 'body'> {
  return {
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: message.headers,
    headersDistinct: message.headersDistinct,
    clientName: clientNameOf(message.socket),
  };
}

/** Common name of a client certificate that the client CA has signed. */
function clientNameOf(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}
