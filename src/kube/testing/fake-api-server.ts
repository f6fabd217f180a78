/**
 * An API server of pods that misbehaves on request: real HTTP on loopback, so that connections really break.
 * It keeps a log of changes, serves lists in pages and watches from a version, and forgets when told to.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeConfig } from '../kube-config.ts';
import { ChangeLog } from './change-log.ts';
import type { LoggedEvent } from './change-log.ts';

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface FakeWatch {
  readonly query: URLSearchParams;
  send(event: unknown): void;
  /** Bytes as they are, to break lines and characters apart. */
  write(bytes: string | Uint8Array): void;
  /** Ends the answer as agreed. */
  close(): void;
  /** Breaks the connection. */
  cut(): void;
}

/** Answers a request itself and returns true, or leaves it to the server. */
export type Misbehaviour = (request: FakeRequest, response: ServerResponse) => boolean;

export type WatchListMode = 'supported' | 'refused' | 'refused-by-event' | 'without-mark';

export class FakeApiServer {
  readonly requests: FakeRequest[] = [];
  readonly log = new ChangeLog();
  readonly watches: FakeWatch[] = [];
  watchList: WatchListMode = 'refused';
  /** Open watches get no events and no end: a half-open connection. */
  stalled = false;
  /** Connections made so far. */
  connections = 0;
  #misbehaviours: Misbehaviour[] = [];
  #server = createServer((request, response) => void this.#serve(request, response));
  #expiredTokens = 0;

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    fake.#server.on('connection', () => (fake.connections += 1));
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    fake.log.onEvent = (event) => fake.#broadcast(event);
    return fake;
  }

  get config(): KubeConfig {
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: `http://127.0.0.1:${port}`,
      namespace: 'default',
      tls: () => Promise.resolve({}),
      authHeaders: () => Promise.resolve({}),
      invalidate: () => undefined,
    };
  }

  /** The next request that it answers is spent on it. */
  misbehave(misbehaviour: Misbehaviour): void {
    this.#misbehaviours.push(misbehaviour);
  }

  expireNextContinueToken(): void {
    this.#expiredTokens += 1;
  }

  count(kind: 'list' | 'watch'): number {
    return this.requests.filter(({ query }) => query.has('watch') === (kind === 'watch')).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: FakeRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.requests.push(request);
    response.setHeader('content-type', 'application/json');
    const index = this.#misbehaviours.findIndex((misbehaviour) => misbehaviour(request, response));
    if (index !== -1) this.#misbehaviours.splice(index, 1);
    else if (request.query.has('watch')) this.#serveWatch(request, response);
    else this.#serveList(request, response);
  }

  #serveList({ query }: FakeRequest, response: ServerResponse): void {
    const token = query.get('continue');
    if (token !== null && this.#expiredTokens > 0) {
      this.#expiredTokens -= 1;
      return answerStatus(response, 410, 'Expired', 'the continue token is too old');
    }
    response.end(JSON.stringify(this.log.page(Number(token ?? 0), Number(query.get('limit') ?? 0))));
  }

  #serveWatch({ query }: FakeRequest, response: ServerResponse): void {
    const initial = query.get('sendInitialEvents') === 'true';
    if (initial && this.watchList === 'refused') {
      return answerStatus(response, 422, 'Invalid', 'sendInitialEvents is forbidden');
    }
    const since = Number(query.get('resourceVersion') ?? 0);
    response.flushHeaders();
    const watch = this.#watchOn(response, query);
    if (!initial && this.log.isForgotten(since)) {
      watch.send({ type: 'ERROR', object: statusOf(410, 'Expired', 'too old resource version') });
      return watch.close();
    }
    if (initial && this.watchList === 'refused-by-event') {
      watch.send({ type: 'ERROR', object: statusOf(500, 'InternalError', 'the storage cannot do this') });
      return watch.close();
    }
    const events = initial ? this.log.initialEvents(this.watchList === 'supported') : this.log.since(since);
    for (const event of events) watch.send(event);
    this.watches.push(watch);
    response.on('close', () => this.watches.splice(this.watches.indexOf(watch), 1));
  }

  #watchOn(response: ServerResponse, query: URLSearchParams): FakeWatch {
    return {
      query,
      send: (event) => void response.write(`${JSON.stringify(event)}\n`),
      write: (bytes) => void response.write(bytes),
      close: () => void response.end(),
      cut: () => void response.destroy(),
    };
  }

  #broadcast(event: LoggedEvent): void {
    if (this.stalled) return;
    for (const watch of this.watches) watch.send(event);
  }
}

export function answerStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  response.statusCode = code;
  response.end(JSON.stringify(statusOf(code, reason, message)));
}

export const statusOf = (code: number, reason: string, message: string): Record<string, unknown> => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
});
