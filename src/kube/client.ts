/** The client of the Kubernetes API that all roles use. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { KubeConfig } from './kube-config.ts';
import type { ListOptions, ListResult } from './list.ts';
import { listAll } from './list.ts';
import type { RequestMetrics } from './metrics.ts';
import { createRequestMetrics } from './metrics.ts';
import { collectionPath, objectPath, withQuery } from './paths.ts';
import type { Call, Requester } from './requester.ts';
import { createRequester } from './requester.ts';
import type { RetryPolicy } from './retry.ts';
import { defaultRetryPolicy } from './retry.ts';
import type { Method } from './http-messages.ts';
import type { TransportOptions } from './transport.ts';
import { createTransport } from './transport.ts';
import type { DeleteOptions, Key, KubeClient, Patch, Selection, WriteOptions } from './types.ts';
import { keyOf } from './types.ts';
import type { WatchEvent, WatchOptions } from './watch.ts';
import { watchStream } from './watch.ts';

export interface ClientOptions extends TransportOptions {
  /** `name/version`; the server derives the field manager of writes from the part before the slash. */
  userAgent: string;
  retry?: RetryPolicy;
  clock?: Clock;
  /** Share one to count the requests of several clients together. */
  metrics?: RequestMetrics;
}

/** KubeClient and what informers and probes need beyond it. */
export interface ApiClient extends KubeClient {
  readonly config: KubeConfig;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  /** Lists with a page size and retry policy of the caller's choice. */
  listPaged<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    options: ListOptions<T>,
  ): Promise<ListResult<T>>;
  /** Ends when the server closes it; throws what `watchStream` says. Nothing is sent before the first read. */
  watch<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** GETs what is no text, such as a picture. @throws MonovirtError AnswerTooLarge above 64 MiB. */
  bytes(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Breaks all connections. */
  close(): Promise<void>;
}

export function createKubeClient(config: KubeConfig, options: ClientOptions): ApiClient {
  const clock = options.clock ?? systemClock;
  const metrics = options.metrics ?? createRequestMetrics();
  const transport = createTransport(config, options);
  const policy = options.retry ?? defaultRetryPolicy;
  const request = createRequester({
    config,
    transport,
    metrics,
    clock,
    userAgent: options.userAgent,
    policy,
  });
  const manager = options.userAgent.split('/')[0] ?? options.userAgent;
  return {
    config,
    metrics,
    clock,
    ...reads(request),
    ...writes(request, manager),
    watch: (resource, selection, watchOptions, signal) =>
      watchStream({ request, clock }, { resource, selection }, watchOptions, signal),
    raw: (method, path, body, signal) => raw(request, method as Method, path, { body, signal }),
    bytes: (path, signal) => bytes(request, path, signal),
    close: () => transport.close(),
  };
}

function reads(request: Requester): Pick<ApiClient, 'get' | 'list' | 'listPaged'> {
  return {
    get: async (resource, key, signal) =>
      json(request, {
        verb: 'get',
        resource: resource.plural,
        method: 'GET',
        path: objectPath(resource, key),
        signal,
      }),
    list: (resource, selection, signal) => listAll(request, resource, selection, { signal }),
    listPaged: (resource, selection, options) => listAll(request, resource, selection, options),
  };
}

function writes(
  request: Requester,
  manager: string,
): Pick<ApiClient, 'create' | 'apply' | 'patch' | 'delete'> {
  return {
    async create(resource, object, signal) {
      const { namespace } = (object as KubeObject).metadata;
      const path = withQuery(collectionPath(resource, resource.namespaced ? namespace : undefined), {
        fieldManager: manager,
      });
      return write(
        request,
        { verb: 'create', resource: resource.plural, method: 'POST', path, signal },
        object,
      );
    },
    async apply(resource, object, options) {
      const type = 'application/apply-patch+yaml';
      const path = patchPath(resource, keyOf(object as KubeObject), options, manager);
      return write(request, { ...patchCall(resource, path, options), verb: 'apply' }, object, type);
    },
    async patch(resource, key, patch, options = {}) {
      const path = patchPath(resource, key, options, manager);
      const body = patch.type === 'json' ? patch.operations : patch.body;
      return write(request, patchCall(resource, path, options), body, contentTypes[patch.type]);
    },
    delete: (resource, key, options = {}) => remove(request, resource, key, options),
  };
}

const contentTypes: Record<Patch['type'], string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
};

function patchPath(resource: Resource, key: Key, options: WriteOptions, manager: string): string {
  return withQuery(objectPath(resource, key, options.subresource), {
    fieldManager: options.fieldManager ?? manager,
    force: options.force,
    dryRun: options.dryRun === true ? 'All' : undefined,
  });
}

function patchCall(resource: Resource, path: string, { subresource, signal }: WriteOptions): Call {
  const name = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  return { verb: 'patch', resource: name, method: 'PATCH', path, signal };
}

async function remove(
  request: Requester,
  resource: Resource,
  key: Key,
  options: DeleteOptions,
): Promise<void> {
  const { signal, uid, ...rest } = options;
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...rest,
    ...(uid !== undefined && { preconditions: { uid } }),
  };
  const path = objectPath(resource, key);
  await write(request, { verb: 'delete', resource: resource.plural, method: 'DELETE', path, signal }, body);
}

async function raw<T>(
  request: Requester,
  method: Method,
  path: string,
  { body, signal }: { body: unknown; signal: AbortSignal | undefined },
): Promise<T> {
  const resource = path.split('?')[0] ?? path;
  const call: Call = { verb: method.toLowerCase(), resource, method, path, signal };
  return body === undefined ? json(request, call) : write(request, call, body);
}

const maxBytes = 64 * 1024 * 1024;

async function bytes(request: Requester, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const resource = path.split('?')[0] ?? path;
  const answer = await request({ verb: 'get', resource, method: 'GET', path, signal, stream: true });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.chunks()) {
    length += chunk.length;
    if (length > maxBytes) {
      answer.discard();
      throw new MonovirtError('AnswerTooLarge', `${resource} sent more than ${maxBytes} bytes`, 'never');
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

const write = <T>(request: Requester, call: Call, body: unknown, type = 'application/json'): Promise<T> =>
  json(request, { ...call, headers: { 'content-type': type }, body: JSON.stringify(body) });

/** An empty body is undefined; one that is no JSON (health checks, logs) is the text itself. */
async function json<T>(request: Requester, call: Call): Promise<T> {
  const answer = await request(call);
  const text = await answer.text();
  if (text === '') return undefined as T;
  const type = answer.headers['content-type'];
  return (typeof type === 'string' && type.includes('json') ? JSON.parse(text) : text) as T;
}
