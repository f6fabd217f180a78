/** One request to the API server and its answer, before anybody reads meaning into them. */

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
