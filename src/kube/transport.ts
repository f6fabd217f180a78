/** HTTP to one API server: keep-alive connections, rotating certificates, aborts, timeouts. No retries here. */
import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import { messageOf } from '../support/errors.ts';
import type { KubeConfig } from './config.ts';
import { tlsOptions } from './config.ts';
import { TransportError } from './types.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  method: Method;
  /** Path with query, from the server's root. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** A watch: its body may be silent for as long as the caller allows, and it has connections of its own. */
  stream?: boolean;
  signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Chunks of the body; ends with a TransportError when the connection breaks. */
  chunks(): AsyncIterable<Uint8Array>;
  text(): Promise<string>;
  /** Gives the connection up when the body is of no interest. */
  discard(): void;
}

export interface Transport {
  /** Rejects with TransportError, or with the signal's reason after an abort. */
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface TransportOptions {
  connectTimeoutMs?: number;
  /** How long an answer's first line, or the next bytes of a body that is no watch, may take. */
  responseTimeoutMs?: number;
}

/** HTTP/1.1 runs one request a connection at a time: enough for all workers, bounded for the server. */
const maxConnections = 16;
const keepAliveMs = 60_000;

interface Connections {
  identity: string;
  short: Pool;
  watches: Pool;
}

export function createTransport(config: KubeConfig, options: TransportOptions = {}): Transport {
  let current: Connections | undefined;

  const connections = async (): Promise<Connections> => {
    const tls = await tlsOptions(config);
    const identity = JSON.stringify(tls);
    if (current?.identity === identity) return current;
    const retired = current;
    current = open(config.server, identity, tls, options);
    // Requests on the old certificate may finish; close() waits for them.
    if (retired !== undefined) void closeBoth(retired);
    return current;
  };

  return {
    async request(request) {
      request.signal?.throwIfAborted();
      const pools = await connections();
      const auth = await config.authHeaders();
      const pool = request.stream === true ? pools.watches : pools.short;
      return send(pool, { ...request, headers: { ...request.headers, ...auth } }, config.server);
    },
    async close() {
      const last = current;
      current = undefined;
      if (last !== undefined) await Promise.all([last.short.destroy(), last.watches.destroy()]);
    },
  };
}

function open(server: string, identity: string, tls: object, options: TransportOptions): Connections {
  const timeoutMs = options.responseTimeoutMs ?? 60_000;
  const common = {
    // A watch must not share its connection's fate or flow control with other requests: no HTTP/2.
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: timeoutMs,
    connect: { ...tls, timeout: options.connectTimeoutMs ?? 10_000, keepAliveInitialDelay: 15_000 },
  };
  const origin = new URL(server).origin;
  return {
    identity,
    short: new Pool(origin, { ...common, connections: maxConnections, bodyTimeout: timeoutMs }),
    watches: new Pool(origin, { ...common, bodyTimeout: 0 }),
  };
}

async function closeBoth({ short, watches }: Connections): Promise<void> {
  await Promise.allSettled([short.close(), watches.close()]);
}

async function send(pool: Pool, request: HttpRequest, server: string): Promise<HttpResponse> {
  const base = new URL(server).pathname.replace(/\/$/, '');
  const what = `${request.method} ${server}${request.path.split('?')[0]}`;
  try {
    const answer = await pool.request({
      method: request.method,
      path: base + request.path,
      headers: request.headers ?? {},
      body: request.body ?? null,
      ...(request.signal !== undefined && { signal: request.signal }),
    });
    return wrap(answer.statusCode, answer.headers, answer.body, { what, signal: request.signal });
  } catch (error) {
    throw explain(error, what, request.signal);
  }
}

function wrap(
  status: number,
  headers: HttpResponse['headers'],
  body: Readable,
  context: { what: string; signal: AbortSignal | undefined },
): HttpResponse {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw explain(error, context.what, context.signal);
    }
  }
  return {
    status,
    headers,
    chunks,
    async text() {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks()) parts.push(chunk);
      return Buffer.concat(parts).toString('utf8');
    },
    discard() {
      body.on('error', () => undefined);
      body.destroy();
    },
  };
}

function explain(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  return new TransportError(`${what} got no answer from the API server`, withCode(error));
}

/** undici's messages alone often say nothing ("other side closed"); its codes do. */
function withCode(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || messageOf(error).includes(code)) return error;
  return new Error(`${messageOf(error)} (${code})`, { cause: error });
}
