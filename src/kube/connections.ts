/** The connections to one server with one certificate. */
import http from 'node:http';
import https from 'node:https';
import type { ConnectionOptions } from 'node:tls';

export interface Connections {
  /** Tells sets of connections with different TLS material apart. */
  readonly identity: string;
  readonly base: URL;
  readonly request: typeof http.request;
  readonly short: http.Agent;
  readonly watches: http.Agent;
  /** Lets running requests finish and keeps no idle connection. */
  retire(): void;
  /** Breaks everything. */
  destroy(): void;
}

/** HTTP/1.1 runs one request a connection at a time: enough for all workers, bounded for the server. */
const maxConnections = 16;
/** Shorter than the 90 s after which the API server closes idle connections: it must not win that race. */
const idleMs = 60_000;

/**
 * A watch has a connection of its own, so HTTP/2 would save little, and one stalled connection would stall all.
 */
export function openConnections(server: string, identity: string, tls: ConnectionOptions): Connections {
  const base = new URL(server);
  const { Agent, request } = base.protocol === 'http:' ? http : https;
  const common = { ...tls, keepAlive: true, timeout: idleMs };
  const short = new Agent({ ...common, maxSockets: maxConnections });
  const watches = new Agent(common);
  return {
    identity,
    base,
    request,
    short,
    watches,
    retire() {
      for (const agent of [short, watches]) {
        agent.maxFreeSockets = 0;
        for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
      }
    },
    destroy() {
      short.destroy();
      watches.destroy();
    },
  };
}
