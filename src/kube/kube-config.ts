/** What a connection to the API server is made of, wherever it was configured. */

/** PEM material of one connection. Every part is optional: what is absent is left to Node's defaults. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecure?: boolean;
}

export interface KubeConfig {
  /** Base URL, without a slash at its end. */
  readonly server: string;
  /** Namespace to use where none is named. */
  readonly namespace: string;
  /** Current TLS material; certificates rotate, so ask again for each connection. */
  tls(): Promise<TlsMaterial>;
  /** Headers that authenticate (and impersonate); credentials rotate, so ask again for each request. */
  authHeaders(): Promise<Record<string, string>>;
  /** Drops cached credentials after the server refused them (401). */
  invalidate(): void;
}
