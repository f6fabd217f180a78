import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions } from '../../api/gen/definitions.ts';
import { nonconformities } from '../../api/crd/conform.ts';
import { snapshots } from '../../api/kinds.ts';
import { FakeCache, fakeClient, fakeQueue } from '../testing/cluster.ts';
import { createUnservedController, trimUnserved } from './controller.ts';
import { speakingKinds, unservedStatus } from './status.ts';
import type { Unserved } from './status.ts';

const now = new Date('2026-01-01T12:00:00Z');
const { signal } = new AbortController();
const key = { namespace: 'ns', name: 'a' };

const object = (rest: Partial<Unserved> = {}): Unserved => ({
  metadata: { ...key, uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  ...rest,
});

for (const resource of speakingKinds) {
  test(`the status of a ${resource.kind} says that nothing happens, in fields that it has`, () => {
    const status = unservedStatus(resource, object(), now);
    assert.match(JSON.stringify(status), new RegExp(`does not act on a ${resource.kind}: `));
    const type = definitions[resource.kind]?.properties?.['status']?.$ref ?? '';
    const known = Object.keys(definitions[type]?.properties ?? {});
    assert.deepEqual(
      Object.keys(status).filter((field) => !known.includes(field)),
      [],
    );
    assert.deepEqual(nonconformities(definitions, type, status), []);
  });

  test(`the status of a ${resource.kind} is written once`, () => {
    const status = unservedStatus(resource, object(), now);
    const later = new Date('2026-01-01T13:00:00Z');
    assert.deepEqual(unservedStatus(resource, object({ status }), later), status);
  });
}

test('an object is told about, and told about again when somebody changes its status', async () => {
  const [client, objects, queue] = [fakeClient(), new FakeCache<Unserved>(), fakeQueue()];
  const reconcile = createUnservedController({ client, resource: snapshots, objects, queue, now: () => now });
  objects.put(object());
  assert.deepEqual(queue.added, ['ns/a']);
  await reconcile(key, signal);
  objects.put(object({ status: unservedStatus(snapshots, object(), now) }));
  await reconcile(key, signal);
  objects.put(object({ status: {} }));
  await reconcile(key, signal);
  const write = 'patch virtualmachinesnapshots/status';
  assert.deepEqual(client.asked, [write, write]);
});

test('one that is going, or gone, is left alone', async () => {
  const [client, objects, queue] = [fakeClient(), new FakeCache<Unserved>(), fakeQueue()];
  const reconcile = createUnservedController({ client, resource: snapshots, objects, queue, now: () => now });
  await reconcile(key, signal);
  const { metadata } = object();
  objects.put(object({ metadata: { ...metadata, deletionTimestamp: '2026-01-01T11:00:00Z' } }));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, []);
});

test('what no status is made of is not cached', () => {
  const full = { ...object(), spec: { selector: { matchLabels: { a: 'b' } }, template: {} }, status: {} };
  assert.deepEqual(trimUnserved(full).spec, { selector: { matchLabels: { a: 'b' } } });
});
