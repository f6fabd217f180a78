/** One HTTP request and its answer. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import { TransportError } from './types.ts';

/**
 * TCP probes on a silent connection: a peer that vanished is noticed after 45 s, long before a watch would miss
 * its end. Node before 26 knows only the first number and leaves the others to the kernel (11 minutes).
 */
const probes = { afterMs: 15_000, everyMs: 10_000, count: 3 };

interface Timeouts {
  connectMs: number;
  responseMs: number;
}

/** Resolves when the head of the answer is there. */
export async function exchange(
  connections: Connections,
  request: HttpRequest,
  timeouts: Timeouts,
): Promise<HttpResponse> {
  const { base } = connections;
  const explain = explainer(`${request.method} ${base.origin}${request.path.split('?')[0]}`, request.signal);
  try {
    return wrap(await send(connections, request, timeouts), explain);
  } catch (error) {
    throw explain(error);
  }
}

function send(connections: Connections, request: HttpRequest, timeouts: Timeouts): Promise<IncomingMessage> {
  const { base, short, watches } = connections;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = connections.request(base, {
    method: request.method,
    path: base.pathname.replace(/\/$/, '') + request.path,
    agent: request.stream === true ? watches : short,
    headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body ?? '') },
    ...(request.signal !== undefined && { signal: request.signal }),
  });
  outgoing.on('error', reject);
  outgoing.on('socket', (socket) => boundConnect(outgoing, socket, timeouts.connectMs));
  outgoing.setTimeout(timeouts.responseMs, () =>
    outgoing.destroy(new Error(`nothing was heard for ${timeouts.responseMs} ms`)),
  );
  outgoing.on('response', (incoming) => {
    // A watch is bounded by its reader, who knows how long silence is normal.
    if (request.stream === true) outgoing.setTimeout(0);
    resolve(incoming);
  });
  outgoing.end(request.body);
  return promise;
}

function boundConnect(outgoing: ClientRequest, socket: Socket, ms: number): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => outgoing.destroy(new Error(`no connection within ${ms} ms`)), ms);
  const done = (): void => clearTimeout(timer);
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
    done();
    socket.setKeepAlive(true, probes.afterMs, probes.everyMs, probes.count);
  });
  socket.once('close', done);
}

function wrap(incoming: IncomingMessage, explain: (error: unknown) => unknown): HttpResponse {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of incoming) yield chunk as Uint8Array;
    } catch (error) {
      throw explain(error);
    }
  }
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    chunks,
    async text() {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks()) parts.push(chunk);
      return Buffer.concat(parts).toString('utf8');
    },
    discard() {
      incoming.on('error', () => undefined);
      incoming.destroy();
    },
  };
}

/** Turns what Node throws into what the contract says. */
function explainer(what: string, signal: AbortSignal | undefined): (error: unknown) => unknown {
  return (error) => {
    if (signal?.aborted === true) return signal.reason;
    return new TransportError(`${what} got no answer from the API server`, error);
  };
}
