/** HTTP to one API server: keep-alive connections, rotating certificates, aborts, timeouts. No retries here. */
import type { KubeConfig } from './kube-config.ts';
import { tlsOptions } from './config.ts';
import { openConnections } from './connections.ts';
import type { Connections } from './connections.ts';
import { exchange } from './exchange.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';

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
