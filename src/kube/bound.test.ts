import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '../api/kinds.ts';
import { bound } from './bound.ts';
import type { KubeClient } from './types.ts';

/** A client that never answers, and the signals it was given. */
function silent(): { client: KubeClient; signals: (AbortSignal | undefined)[] } {
  const signals: (AbortSignal | undefined)[] = [];
  const take = (signal: AbortSignal | undefined): Promise<never> => {
    signals.push(signal);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error(String(signal.reason))));
    });
  };
  const client: KubeClient = {
    get: (_resource, _key, signal) => take(signal),
    list: (_resource, _selection, signal) => take(signal),
    create: (_resource, _object, signal) => take(signal),
    apply: (_resource, _object, { signal }) => take(signal),
    patch: (_resource, _key, _patch, options) => take(options?.signal),
    delete: (_resource, _key, options) => take(options?.signal),
    raw: (_method, _path, _body, signal) => take(signal),
  };
  return { client, signals };
}

const key = { namespace: 'a', name: 'b' };
const calls: [string, (client: KubeClient, signal?: AbortSignal) => Promise<unknown>][] = [
  ['get', (client, signal) => client.get(pods, key, signal)],
  ['list', (client, signal) => client.list(pods, {}, signal)],
  ['create', (client, signal) => client.create(pods, {}, signal)],
  ['apply', (client, signal) => client.apply(pods, {}, { ...(signal && { signal }) })],
  [
    'patch',
    (client, signal) => client.patch(pods, key, { type: 'merge', body: {} }, { ...(signal && { signal }) }),
  ],
  ['delete', (client, signal) => client.delete(pods, key, { ...(signal && { signal }) })],
  ['raw', (client, signal) => client.raw('GET', '/healthz', undefined, signal)],
];

for (const [verb, call] of calls) {
  test(`${verb} ends with the common signal and with its own`, async () => {
    const common = new AbortController();
    const own = new AbortController();
    const { client } = silent();
    const limited = bound(client, common.signal);
    const first = assert.rejects(call(limited, own.signal), /own/);
    own.abort('own');
    await first;
    const second = [call(limited), call(limited, new AbortController().signal)];
    const rejected = second.map((promise) => assert.rejects(promise, /common/));
    common.abort('common');
    await Promise.all(rejected);
  });
}
