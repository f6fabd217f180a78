import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ReplicaSet, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import { FakeCache, fakeClient, fakeEvents, fakeQueue } from '../testing/cluster.ts';
import { createReplicaSetController } from './controller.ts';
import { desiredReplica } from './instance.ts';
import { memberIndexes } from './members.ts';
import { instance, now, replicaSet } from './testing/build.ts';

const key = { namespace: 'ns', name: 'set' };
const { signal } = new AbortController();

function setUp(stored: KubeObject[] = []) {
  const deps = {
    client: fakeClient(stored),
    replicaSets: new FakeCache<ReplicaSet>(),
    vmis: new FakeCache<Vmi>(memberIndexes),
    queue: fakeQueue(),
    events: fakeEvents(),
    now: () => now,
  };
  return { ...deps, reconcile: createReplicaSetController(deps) };
}

const status = { replicas: 0, readyReplicas: 0, labelSelector: 'app=web', conditions: [] };

test('missing instances are created once while the cache is late', async () => {
  const { client, replicaSets, events, reconcile } = setUp();
  replicaSets.put(replicaSet({ replicas: 1 }, { status }));
  await reconcile(key, signal);
  assert.deepEqual(await reconcile(key, signal), { requeueAfterMs: 5000 });
  assert.deepEqual(client.asked, ['create virtualmachineinstances']);
  assert.deepEqual(events.told, ['SuccessfulCreate']);
});

test('after a refusal no more are asked for, and the set says why', async () => {
  const { client, replicaSets, events, reconcile } = setUp();
  let asked = 0;
  client.create = () => {
    asked += 1;
    return Promise.reject(new ApiError(403, 'Forbidden', 'exceeded quota'));
  };
  replicaSets.put(replicaSet({ replicas: 100 }, { status }));
  await assert.rejects(reconcile(key, signal), /exceeded quota/);
  assert.equal(asked, 1);
  assert.deepEqual(events.told, ['FailedCreate']);
  assert.match(JSON.stringify(client.patches), /"ReplicaFailure".*exceeded quota/);
});

test('what was refused is tried again, whatever the reason: it may pass later', async () => {
  const { client, replicaSets, reconcile } = setUp();
  client.create = () => Promise.reject(new ApiError(422, 'Invalid', 'the house is full'));
  replicaSets.put(replicaSet({}, { status }));
  await assert.rejects(reconcile(key, signal), { reason: 'Invalid', retry: 'backoff' });
});

test('surplus goes once while the cache is late', async () => {
  const { client, replicaSets, vmis, events, reconcile } = setUp();
  replicaSets.put(replicaSet({ replicas: 1 }, { status: { ...status, replicas: 2, readyReplicas: 2 } }));
  for (const uid of ['a', 'b']) vmis.put(instance(uid));
  await reconcile(key, signal);
  await reconcile(key, signal);
  const deletions = client.asked.filter((what) => what.startsWith('delete'));
  assert.deepEqual(deletions, ['delete virtualmachineinstances']);
  assert.deepEqual(events.told, ['SuccessfulDelete']);
});

test('what ends is deleted and replaced', async () => {
  const { client, replicaSets, vmis, reconcile } = setUp();
  replicaSets.put(replicaSet({ replicas: 1 }, { status }));
  vmis.put(instance('a', { phase: 'Succeeded' }));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['create virtualmachineinstances', 'delete virtualmachineinstances']);
});

test('an orphan is adopted before anything is created, after a look that no cache answers', async () => {
  const { client, replicaSets, vmis, reconcile } = setUp([replicaSet()]);
  replicaSets.put(replicaSet({}, { status }));
  vmis.put(instance('a', { orphan: true }));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['get virtualmachineinstancereplicasets', 'patch virtualmachineinstances']);
  assert.match(JSON.stringify(client.patches), /"uid":"set-uid","controller":true/);
});

test('a set that was deleted meanwhile adopts nothing', async () => {
  const { metadata } = replicaSet();
  const gone = replicaSet({}, { metadata: { ...metadata, deletionTimestamp: '2026-01-01T11:59:00Z' } });
  const { client, replicaSets, vmis, reconcile } = setUp([gone]);
  replicaSets.put(replicaSet({}, { status }));
  vmis.put(instance('a', { orphan: true }));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['get virtualmachineinstancereplicasets']);
});

test('one that is not selected any more is let go', async () => {
  const { client, replicaSets, vmis, reconcile } = setUp();
  replicaSets.put(replicaSet({ replicas: 0 }, { status }));
  vmis.put(instance('a', { labels: {} }));
  await reconcile(key, signal);
  assert.deepEqual(client.patches, [{ metadata: { ownerReferences: [], resourceVersion: '1' } }]);
});

test('a pause is written once and told once', async () => {
  const { client, replicaSets, events, reconcile } = setUp();
  replicaSets.put(replicaSet({ paused: true }, { status }));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['patch virtualmachineinstancereplicasets/status']);
  assert.deepEqual(events.told, ['SuccessfulPaused']);
});

test('instances wake their set, orphans the sets that select them', () => {
  const { replicaSets, vmis, queue } = setUp();
  replicaSets.put(replicaSet());
  vmis.put(instance('a'));
  vmis.put(instance('b', { orphan: true }));
  vmis.put(instance('c', { orphan: true, labels: {} }));
  assert.deepEqual(queue.added, ['ns/set', 'ns/set in 100', 'ns/set in 100']);
});

test('instances are named after the set or the template, and belong to the set', () => {
  const { template } = replicaSet().spec;
  const named = replicaSet({ template: { ...template, metadata: { name: 'web-', labels: { app: 'web' } } } });
  for (const [set, want] of [
    [replicaSet(), 'set'],
    [named, 'web-'],
  ] as const) {
    const { metadata } = desiredReplica(set) as {
      metadata: { generateName: string; ownerReferences: unknown[] };
    };
    assert.equal(metadata.generateName, want);
    assert.equal(metadata.ownerReferences.length, 1);
  }
});
