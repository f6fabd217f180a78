import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, Vm } from '../api/types.ts';
import { FakeCache, fakeQueue } from '../controllers/testing/cluster.ts';
import { wakeWaiting } from './waiting.ts';

const metadata = { namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const vm = (name: string, instancetype: string, revision?: string): Vm => ({
  metadata: { ...metadata, name },
  spec: { template: {}, instancetype: { name: instancetype } },
  ...(revision !== undefined && {
    status: { instancetypeRef: { name: instancetype, controllerRevisionRef: { name: revision } } },
  }),
});

test('wakes who names it and has not kept it', () => {
  const vms = new FakeCache<Vm>();
  for (const each of [vm('waits', 'small'), vm('has', 'small', 'r'), vm('other', 'large')]) vms.put(each);
  const sizes = new FakeCache<KubeObject>();
  const queue = fakeQueue();
  wakeWaiting([sizes], vms, queue);
  sizes.put({ metadata: { ...metadata, name: 'small' } });
  assert.deepEqual(queue.added, ['ns/waits']);
});
