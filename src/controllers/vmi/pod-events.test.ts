import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/types.ts';
import type { InformerOptions } from '../../kube/types.ts';
import { FakeCache, fakeQueue } from '../testing/cluster.ts';
import { followPodEvents } from './pod-events.ts';
import type { KubeEvent } from './pod-events.ts';

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '',
});
const pod = (name: string): Pod => ({ metadata: meta(name) });
const vmi = (name: string) => ({ namespace: 'ns', name });
const complaint = (about: string): KubeEvent => ({
  metadata: meta(`event-${about}`),
  involvedObject: { uid: `uid-${about}` },
  reason: 'FailedMount',
  message: 'secret not found',
  lastTimestamp: '2026-01-01T11:00:00Z',
});

function setUp() {
  const opened: { options: InformerOptions<KubeEvent>; cache: FakeCache<KubeEvent>; ended: AbortSignal[] }[] =
    [];
  const queue = fakeQueue();
  const open = (options: InformerOptions<KubeEvent>) => {
    const ended: AbortSignal[] = [];
    const cache = new FakeCache<KubeEvent>(options.indexes);
    cache.run = (...signals: AbortSignal[]) => {
      ended.push(...signals);
      return Promise.resolve();
    };
    opened.push({ options, cache, ended });
    return cache;
  };
  const stop = new AbortController();
  return { opened, queue, stop, podEvents: followPodEvents({ open, queue }, stop.signal) };
}

test('nothing is asked while no pod is stuck', () => {
  const { opened, podEvents } = setUp();
  podEvents.release(vmi('a'));
  assert.deepEqual(opened, []);
});

test('one cache serves all stuck pods of a namespace, and ends with the last of them', () => {
  const { opened, podEvents } = setUp();
  podEvents.follow(vmi('a'), pod('pa'));
  podEvents.follow(vmi('b'), pod('pb'));
  podEvents.follow({ namespace: 'other', name: 'c' }, pod('pc'));
  assert.deepEqual(
    opened.map(({ options }) => options.namespace),
    ['ns', 'other'],
  );
  podEvents.release(vmi('a'));
  assert.equal(opened[0]?.ended[0]?.aborted, false);
  podEvents.release(vmi('b'));
  assert.equal(opened[0]?.ended[0]?.aborted, true);
  assert.equal(opened[1]?.ended[0]?.aborted, false);
});

test('a complaint about a stuck pod queues its VMI and is told; one about another pod is not', () => {
  const { opened, queue, podEvents } = setUp();
  assert.equal(podEvents.follow(vmi('a'), pod('pa')), undefined);
  opened[0]?.cache.put(complaint('somebody'));
  assert.deepEqual(queue.added, []);
  opened[0]?.cache.put(complaint('pa'));
  assert.deepEqual(queue.added, ['ns/a']);
  assert.equal(podEvents.follow(vmi('a'), pod('pa'))?.reason, 'FailedMount');
  assert.equal(opened.length, 1);
});

test('all caches end when the controller stops leading', () => {
  const { opened, stop, podEvents } = setUp();
  podEvents.follow(vmi('a'), pod('pa'));
  stop.abort();
  assert.equal(opened[0]?.ended[0]?.aborted, true);
});
