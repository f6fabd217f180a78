/** A client whose every request ends with one signal, for work that must not outlive its permission. */
import type { KubeClient } from './types.ts';

/** The same client; each call aborts with `signal`, or with its own signal when that comes first. */
export function bound(client: KubeClient, signal: AbortSignal): KubeClient {
  const both = (own: AbortSignal | undefined): AbortSignal =>
    own === undefined || own === signal ? signal : AbortSignal.any([own, signal]);
  return {
    get: (resource, key, own) => client.get(resource, key, both(own)),
    list: (resource, selection, own) => client.list(resource, selection, both(own)),
    create: (resource, object, own) => client.create(resource, object, both(own)),
    apply: (resource, object, options) =>
      client.apply(resource, object, { ...options, signal: both(options.signal) }),
    patch: (resource, key, patch, options) =>
      client.patch(resource, key, patch, { ...options, signal: both(options?.signal) }),
    delete: (resource, key, options) =>
      client.delete(resource, key, { ...options, signal: both(options?.signal) }),
    raw: (method, path, body, own) => client.raw(method, path, body, both(own)),
  };
}
