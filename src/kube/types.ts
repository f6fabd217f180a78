/** What the rest of monovirt may ask of the API server. Implementations live beside this file. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Retry } from '../support/errors.ts';

/** Names one object of a resource; `namespace` is absent for cluster-wide ones. */
export interface Key {
  readonly namespace?: string;
  readonly name: string;
}

export const keyOf = (object: KubeObject): Key =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name };

/** `namespace/name`, or the bare name: for maps, queues and logs. */
export const keyString = (key: Key): string =>
  key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;

export interface Selection {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace' | 'test';
  path: string;
  value?: unknown;
}

export type Patch =
  { type: 'json'; operations: JsonPatchOperation[] } | { type: 'merge'; body: Record<string, unknown> };

export interface WriteOptions {
  subresource?: string;
  fieldManager?: string;
  /** Server-side apply: take over fields that another manager owns. */
  force?: boolean;
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  /** Delete only the object of this uid, never its namesake. */
  uid?: string;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  signal?: AbortSignal;
}

/**
 * Every call rejects with `ApiError` (the server refused) or `TransportError` (it could not be asked), or with
 * the signal's reason after an abort.
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: Resource, key: Key, signal?: AbortSignal): Promise<T>;
  list<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<{ items: T[]; resourceVersion: string }>;
  create<T extends KubeObject>(resource: Resource, object: unknown, signal?: AbortSignal): Promise<T>;
  /** Server-side apply. The object carries apiVersion, kind and metadata.name. */
  apply<T extends KubeObject>(resource: Resource, object: unknown, options: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(resource: Resource, key: Key, patch: Patch, options?: WriteOptions): Promise<T>;
  delete(resource: Resource, key: Key, options?: DeleteOptions): Promise<void>;
  /** A request outside the resource grammar, such as a subresource of the aggregated API or a review. */
  raw<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
}

/** The API server answered with an error status. */
export class ApiError extends MonovirtError {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** The server's `metav1.Status`, when it sent one. */
  readonly details: unknown;

  constructor(
    status: number,
    reason: string,
    message: string,
    extra: { retryAfterSeconds?: number; details?: unknown } = {},
  ) {
    super(reason, message, retryOf(status));
    this.status = status;
    this.retryAfterSeconds = extra.retryAfterSeconds;
    this.details = extra.details;
  }
}

/** Conflicts resolve themselves with the next event; bad objects never do; the rest may. */
function retryOf(status: number): Retry {
  if (status === 409) return 'quiet';
  return status === 400 || status === 422 ? 'never' : 'backoff';
}

/** The API server could not be reached, or the connection broke. */
export class TransportError extends MonovirtError {
  override readonly name = 'TransportError';

  constructor(message: string, cause: unknown) {
    super('ApiServerUnreachable', message, 'backoff', { cause });
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409;

export type Change<T> =
  { type: 'added'; object: T } | { type: 'updated'; object: T; previous: T } | { type: 'deleted'; object: T };

/** A cache of one resource that follows the API server. Handlers must only enqueue keys. */
export interface Informer<T extends KubeObject> {
  /** Lists and watches until `signal` aborts; never rejects for anything the API server or network does. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first complete list is in the cache. */
  readonly synced: Promise<void>;
  get(key: Key): T | undefined;
  all(): readonly T[];
  byIndex(index: string, value: string): readonly T[];
  /**
   * `relist` changes were found by comparing lists: queue them with low priority.
   * @param signal ends the subscription; for those that live shorter than the cache.
   */
  onChange(handler: (change: Change<T>, origin: 'live' | 'relist') => void, signal?: AbortSignal): void;
  /** Milliseconds since the server last said anything on this watch: for readiness probes. */
  lastEventAge(): number;
}

export interface InformerOptions<T extends KubeObject> extends Selection {
  indexes?: Record<string, (object: T) => readonly string[]>;
  /** Drops what the role does not need before an object is cached; managedFields are always dropped. */
  trim?: (object: T) => T;
}

/** The priority that a change's key is queued with. */
export const priorityOf = (origin: 'live' | 'relist'): 'normal' | 'low' =>
  origin === 'live' ? 'normal' : 'low';

/** Result of one reconcile: come back after a while, or only at the next change. */
export interface ReconcileResult {
  requeueAfterMs?: number;
}

/** One entry a key; never two workers on one key; a key dirtied while running runs once more after. */
export interface WorkQueue {
  /** `low` is for relists, so that they never delay live changes. */
  add(key: Key, priority?: 'normal' | 'low'): void;
  addAfter(key: Key, delayMs: number): void;
  /** Runs `reconcile` for queued keys until `signal` aborts; errors are retried per key with back-off. */
  run(
    reconcile: (key: Key, signal: AbortSignal) => Promise<ReconcileResult>,
    options: { workers: number },
    signal: AbortSignal,
  ): Promise<void>;
  readonly depth: number;
}

export interface EventRecorder {
  /** Records a Kubernetes Event about `object`; repeats of the same event are counted, not repeated. */
  record(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Waits until what was recorded so far is sent or given up. */
  flush(): Promise<void>;
}
