/** Requests for tests of webhooks. */
import { defaultConfig } from '../api/cluster-config.ts';
import { sampleVmi } from '../api/testing/vmi.ts';
import type { KubeObject } from '../api/types.ts';
import type { HttpRequest } from '../http/types.ts';
import type { JsonPatch } from './json-patch.ts';
import type { Lookup, ReviewContext } from './webhook.ts';

export interface ReviewOptions {
  operation?: string;
  object?: unknown;
  oldObject?: unknown;
  username?: string;
}

/** An AdmissionReview as the API server posts it. */
export function review(options: ReviewOptions = {}): unknown {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '0f1e',
      kind: { group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachineInstance' },
      operation: options.operation ?? 'CREATE',
      namespace: 'default',
      name: 'sample',
      userInfo: { username: options.username ?? 'alice' },
      object: options.object === undefined ? sampleVmi() : options.object,
      oldObject: options.oldObject ?? null,
    },
  };
}

/** The request that carries a body. */
export function post(path: string, body: unknown): HttpRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    method: 'POST',
    path,
    params: {},
    query: new URLSearchParams(),
    headers: {},
    headersDistinct: {},
    body: () => Promise.resolve(Buffer.from(text)),
    clientName: undefined,
    signal: new AbortController().signal,
  };
}

/** Applies a patch as the API server does; only what `jsonPatch` makes is understood. */
export function applyPatch(object: unknown, patch: JsonPatch): unknown {
  const holder = { root: structuredClone(object) };
  for (const operation of patch) {
    const keys = `/root${operation.path}`
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    const parent = keys.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], holder);
    if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last];
    else (parent as Record<string, unknown>)[last] = operation.value;
  }
  return holder.root;
}

/** A cluster that holds these objects and nothing else. */
export function lookupOf(...objects: KubeObject[]): Lookup {
  return {
    find: (resource, { namespace, name }) =>
      Promise.resolve(
        objects.find(
          ({ kind, metadata }) =>
            kind === resource.kind &&
            metadata.name === name &&
            (!resource.namespaced || metadata.namespace === namespace),
        ) as never,
      ),
    list: (resource, namespace) =>
      Promise.resolve(
        objects.filter(
          ({ kind, metadata }) =>
            kind === resource.kind && (namespace === undefined || metadata.namespace === namespace),
        ) as never[],
      ),
  };
}

/** A user's request in an empty cluster of the default configuration. */
export function reviewContext(differs: Partial<ReviewContext> = {}): ReviewContext {
  const { signal } = new AbortController();
  return {
    config: defaultConfig,
    trusted: false,
    lookup: lookupOf(),
    evacuate: () => Promise.resolve(),
    signal,
    ...differs,
  };
}
