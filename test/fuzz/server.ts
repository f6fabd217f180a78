/**
 * The webhooks in a process of their own, as the controller serves them: HTTPS, the whole table. Says its port, and
 * on request its memory and how long each review took inside the process.
 */
import { performance } from 'node:perf_hooks';
import { admissionRoutes } from '../../src/admission/routes.ts';
import { clusterConfig } from '../../src/api/cluster-config.ts';
import { startServer } from '../../src/http/server.ts';
import type { Route } from '../../src/http/types.ts';
import { createAuthority } from '../api/certificates.ts';
import { cluster, configuration } from './corpus.ts';

export type Ask = 'measure' | 'stop';

export type Said =
  | { port: number; ca: string }
  | { heapBytes: number; rssBytes: number; milliseconds: number[]; unanswered: number };

const stop = new AbortController();
const milliseconds: number[] = [];
let unanswered = 0;

/** The time from the parsed request to the verdict: what a review costs in the process. */
const timed = (route: Route): Route => ({
  ...route,
  async handle(request) {
    const began = performance.now();
    try {
      return await route.handle(request);
    } catch (error) {
      unanswered += 1;
      throw error;
    } finally {
      milliseconds.push(performance.now() - began);
    }
  },
});

const authority = createAuthority('webhooks');
const pair = authority.issue('127.0.0.1');
const routes = admissionRoutes({
  config: () => clusterConfig(configuration),
  trustedUsers: new Set(),
  lookup: cluster,
  evacuate: () => Promise.resolve(),
}).map(timed);
const server = await startServer(
  { port: 0, host: '127.0.0.1', identity: () => ({ certificate: pair.cert, key: pair.key }), routes },
  stop.signal,
);

const say = (said: Said): void => void process.send?.(said);

process.on('message', (ask: Ask) => {
  if (ask === 'stop') {
    stop.abort();
    process.disconnect?.();
    return;
  }
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  say({ heapBytes: heapUsed, rssBytes: rss, milliseconds: milliseconds.splice(0), unanswered });
});

say({ port: server.port, ca: authority.cert });
