import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods, presets } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/types.ts';
import { FakeCache, fakeClient } from '../../controllers/testing/cluster.ts';
import { createLookup } from './lookup.ts';

const { signal } = new AbortController();

const object = (name: string, namespace: string): KubeObject => ({
  metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' },
});

test('what is followed is not asked for, once the cache is complete', async () => {
  const client = fakeClient([]);
  const cache = new FakeCache<KubeObject>();
  cache.put(object('a', 'one'));
  cache.put(object('b', 'two'));
  const lookup = createLookup(client, { resource: presets, cache });
  await cache.synced;
  assert.deepEqual(
    (await lookup.list(presets, 'two', signal)).map(({ metadata }) => metadata.name),
    ['b'],
  );
  await lookup.list(pods, 'two', signal);
  assert.deepEqual(client.asked, ['list pods']);
});

test('a cache that is not complete yet says nothing', async () => {
  const client = fakeClient([object('a', 'one')]);
  const cache = Object.assign(new FakeCache<KubeObject>(), {
    synced: Promise.withResolvers<void>().promise,
  });
  const lookup = createLookup(client, { resource: presets, cache });
  assert.equal((await lookup.list(presets, 'one', signal)).length, 1);
  assert.deepEqual(client.asked, ['list virtualmachineinstancepresets']);
});
