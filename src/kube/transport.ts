/** HTTP to one API server: keep-alive connections, rotating certificates, aborts, timeouts. No retries here. */
import type { KubeConfig } from './config.ts';
import { tlsOptions } from './config.ts';
import { openConnections } from './connections.ts';
import type { Connections } from './connections.ts';
import { exchange } from './exchange.ts';

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
  /** How long an answer, or the next bytes of a body that is no watch, may take. */
  responseTimeoutMs?: number;
}

/** Nothing is opened before the first request. */
export function createTransport(config: KubeConfig, options: TransportOptions = {}): Transport {
  const timeouts = {
    connectMs: options.connectTimeoutMs ?? 10_000,
    responseMs: options.responseTimeoutMs ?? 60_000,
  };
  let current: Connections | undefined;

  const connections = async (): Promise<Connections> => {
    const tls = await tlsOptions(config);
    const identity = JSON.stringify(tls);
    if (current?.identity === identity) return current;
    // Requests on the old certificate may finish.
    current?.retire();
    current = openConnections(config.server, identity, tls);
    return current;
  };

  return {
    async request(request) {
      request.signal?.throwIfAborted();
      const open = await connections();
      const auth = await config.authHeaders();
      return exchange(open, { ...request, headers: { ...request.headers, ...auth } }, timeouts);
    },
    close() {
      current?.destroy();
      current = undefined;
      return Promise.resolve();
    },
  };
}
