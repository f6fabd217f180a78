import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../api/types.ts';
import { createController, source } from './controller.ts';
import { object } from './testing/objects.ts';
import type { Change, Informer } from './types.ts';
import { keyOf } from './types.ts';

type Handler = (change: Change<KubeObject>, origin: 'live' | 'relist') => void;

function fakeInformer(): { informer: Informer<KubeObject>; emit: Handler; finish: () => void } {
  const handlers: Handler[] = [];
  const { promise: synced, resolve: finish } = Promise.withResolvers<void>();
  const informer = { synced, onChange: (handler: Handler) => void handlers.push(handler) };
  return {
    informer: informer as unknown as Informer<KubeObject>,
    emit: (change, origin) => handlers.forEach((handler) => handler(change, origin)),
    finish,
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('work starts when all caches are complete, those only read included', async () => {
  const watched = fakeInformer();
  const read = fakeInformer();
  const seen: string[] = [];
  const controller = createController({
    name: 'test',
    sources: [source(watched.informer, (each) => [keyOf(each)])],
    reads: [read.informer],
    reconcile: async ({ name }) => (seen.push(name), {}),
  });
  const stop = new AbortController();
  const done = controller.run(stop.signal);
  watched.emit({ type: 'added', object: object('a') }, 'relist');
  watched.finish();
  await settle();
  assert.deepEqual(seen, []);
  read.finish();
  await settle();
  assert.deepEqual(seen, ['a']);
  stop.abort();
  await done;
});

test('a change concerns the keys of both its states', async () => {
  const pods = fakeInformer();
  const seen: string[] = [];
  const controller = createController({
    name: 'test',
    sources: [source(pods.informer, ({ metadata }) => [{ name: metadata.uid }])],
    reconcile: async ({ name }) => (seen.push(name), {}),
  });
  const stop = new AbortController();
  const done = controller.run(stop.signal);
  pods.finish();
  pods.emit(
    { type: 'updated', object: object('a', 'new owner'), previous: object('a', 'old owner') },
    'live',
  );
  await settle();
  assert.deepEqual(seen.toSorted(), ['new owner', 'old owner']);
  stop.abort();
  await done;
});

test('an abort before the caches are complete ends it', async () => {
  const pods = fakeInformer();
  const controller = createController({
    name: 'test',
    sources: [source(pods.informer, () => [])],
    reconcile: () => assert.fail('nothing to do'),
  });
  const stop = new AbortController();
  const done = controller.run(stop.signal);
  controller.add({ name: 'x' });
  stop.abort();
  await done;
  assert.equal(controller.depth, 1);
});
