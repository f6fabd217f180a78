import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../api/types.ts';
import { createStore } from './store.ts';
import { object } from './testing/objects.ts';

function setup(): { store: ReturnType<typeof createStore<KubeObject>>; seen: string[] } {
  const seen: string[] = [];
  const store = createStore<KubeObject>({ uid: ({ metadata }) => [metadata.uid] }, (change, origin) =>
    seen.push(
      `${origin} ${change.type} ${change.object.metadata.uid}@${change.object.metadata.resourceVersion}`,
    ),
  );
  return { store, seen };
}

test('the same version again is no change', () => {
  const { store, seen } = setup();
  store.upsert(object('a', 'u1', '1'));
  store.upsert(object('a', 'u1', '1'));
  store.replace([object('a', 'u1', '1')]);
  assert.deepEqual(seen, ['live added u1@1']);
});

test('indexes hold the objects of the store after a list without changes', () => {
  const { store } = setup();
  store.upsert(object('a', 'u1', '1'));
  store.replace([object('a', 'u1', '1')]);
  store.upsert(object('a', 'u1', '2'));
  assert.deepEqual(store.byIndex('uid', 'u1'), store.all());
  assert.equal(store.byIndex('uid', 'u1').length, 1);
});

test('a late delete of an earlier object leaves its namesake alone', () => {
  const { store, seen } = setup();
  store.upsert(object('a', 'u1'));
  store.upsert(object('a', 'u2'));
  store.remove(object('a', 'u1'));
  assert.equal(store.get({ namespace: 'default', name: 'a' })?.metadata.uid, 'u2');
  assert.deepEqual(seen, ['live added u1@1', 'live deleted u1@1', 'live added u2@1']);
});

test('a delete reports the last state that the server sent', () => {
  const { store, seen } = setup();
  store.upsert(object('a', 'u1', '1'));
  store.remove(object('a', 'u1', '9'));
  assert.deepEqual(seen, ['live added u1@1', 'live deleted u1@9']);
  assert.deepEqual(store.byIndex('uid', 'u1'), []);
});

test('a replaced state is complete when its changes are reported', () => {
  const sizes: number[] = [];
  const store = createStore<KubeObject>({}, () => sizes.push(store.all().length));
  store.replace([object('a'), object('b'), object('c')]);
  store.replace([object('c')]);
  assert.deepEqual(sizes, [3, 3, 3, 1, 1]);
});
