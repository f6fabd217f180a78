/** What our HTTPS edges (webhooks, aggregated API, node agent) are written against. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface HttpRequest {
  method: string;
  path: string;
  /** Values of the `:name` segments of the route. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Every header's values, one by one: in `headers` a repeated header and a comma in a value look alike. */
  headersDistinct: NodeJS.Dict<string[]>;
  /** The whole body; rejects with reason RequestTooLarge past the server's bound. */
  body(): Promise<Buffer>;
  /** Common name of the client certificate when one was presented and verified against the client CA. */
  clientName: string | undefined;
  signal: AbortSignal;
}

export interface HttpResponse {
  status: number;
  /** Objects are sent as JSON, strings as text/plain, buffers as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** Such as `/v1/namespaces/:namespace/things/:name`. */
  path: string;
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** A route that takes over the connection (WebSocket or raw proxying). */
export interface UpgradeRoute {
  path: string;
  handle(upgrade: Upgrade): Promise<void>;
}

export interface Upgrade extends Omit<HttpRequest, 'body' | 'method'> {
  message: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

export interface TlsIdentity {
  certificate: string;
  key: string;
  /** PEM bundle; client certificates are asked for and verified against it when present. */
  clientCa?: string;
}

export interface ServerOptions {
  port: number;
  host?: string;
  /** Asked at start and again at every `reload`. */
  identity: () => TlsIdentity;
  routes: readonly Route[];
  upgrades?: readonly UpgradeRoute[];
  /** Largest accepted body in bytes. */
  maxBodyBytes?: number;
}

export interface RunningServer {
  /** The port that was bound: of use when 0 was asked for. */
  readonly port: number;
  /** Takes a renewed certificate into use without closing a connection. */
  reload(): void;
  /** Stops listening and waits for requests under way; upgraded connections are closed. */
  close(): Promise<void>;
}
