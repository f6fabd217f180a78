import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PersistentVolumeClaim, Vmi } from '../../../api/types.ts';
import { ApiError } from '../../../kube/types.ts';
import { FakeCache, fakeClient, fakeQueue } from '../../testing/cluster.ts';
import { claimIndexes, createGrowth, trimClaim } from './growth.ts';

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T11:00:00Z',
});
const claim = (requests: string, capacity: string, name = 'data'): PersistentVolumeClaim => ({
  kind: 'PersistentVolumeClaim',
  metadata: { ...meta(name), annotations: { large: 'x'.repeat(100) } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: requests } } },
  status: { phase: 'Bound', capacity: { storage: capacity } },
});
const info = (requests: string, capacity: string) => ({
  claimName: 'data',
  filesystemOverhead: '0.1',
  requests: { storage: requests },
  capacity: { storage: capacity },
});
const vmi = (status: Vmi['status'] = {}): Vmi => ({
  metadata: meta('vm1'),
  spec: {
    domain: { devices: {} },
    volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'data' } }],
  },
  status,
});
const running = (requests: string, capacity: string): Vmi =>
  vmi({
    phase: 'Running',
    volumeStatus: [{ name: 'disk', target: 'vda', persistentVolumeClaimInfo: info(requests, capacity) }],
  });

function setUp(instance: Vmi, stored: PersistentVolumeClaim) {
  const vmis = new FakeCache<Vmi>(claimIndexes);
  const queue = fakeQueue();
  const growth = createGrowth(vmis, queue);
  vmis.put(instance);
  return { growth, queue, client: fakeClient([stored]) };
}

describe('a claim that grew', () => {
  test('is written down, with nothing else changed, and once', async () => {
    const grown = claim('2Gi', '2Gi');
    const { growth, queue, client } = setUp(running('1Gi', '1Gi'), grown);
    await growth.wanted;
    growth.seen(trimClaim(grown));
    assert.deepEqual(queue.added, ['ns/vm1']);
    assert.equal(await growth.settle(client, running('1Gi', '1Gi')), true);
    const volumeStatus = [{ name: 'disk', target: 'vda', persistentVolumeClaimInfo: info('2Gi', '2Gi') }];
    assert.deepEqual(client.patches, [{ metadata: { resourceVersion: '1' }, status: { volumeStatus } }]);
    assert.equal(await growth.settle(client, running('2Gi', '2Gi')), false);
  });

  test('before its instance has a pod is looked at again when there is one', async () => {
    const grown = claim('2Gi', '2Gi');
    const { growth, client } = setUp(vmi(), grown);
    growth.seen(trimClaim(grown));
    assert.equal(await growth.settle(client, vmi()), false);
    assert.equal(await growth.settle(client, running('1Gi', '1Gi')), true);
  });

  test('while an earlier growth is written is looked at again', async () => {
    const { growth, client } = setUp(running('1Gi', '1Gi'), claim('3Gi', '3Gi'));
    growth.seen(trimClaim(claim('2Gi', '2Gi')));
    const writing: typeof client = {
      ...client,
      patch: (...asked) => {
        growth.seen(trimClaim(claim('3Gi', '3Gi')));
        return client.patch(...asked);
      },
    };
    await growth.settle(writing, running('1Gi', '1Gi'));
    assert.equal(await growth.settle(client, running('2Gi', '2Gi')), true);
  });

  test('that could not be written is tried again', async () => {
    const grown = claim('2Gi', '2Gi');
    const { growth, client } = setUp(running('1Gi', '1Gi'), grown);
    growth.seen(trimClaim(grown));
    const error = new ApiError(503, 'ServiceUnavailable', 'not now');
    const failing: typeof client = { ...client, patch: () => Promise.reject(error) };
    await assert.rejects(growth.settle(failing, running('1Gi', '1Gi')), { reason: 'ServiceUnavailable' });
    assert.equal(await growth.settle(client, running('1Gi', '1Gi')), true);
  });

  const quiet: [string, Vmi, PersistentVolumeClaim][] = [
    ['as it is known', running('1Gi', '1Gi'), claim('1Gi', '1Gi')],
    ['of somebody else', running('1Gi', '1Gi'), claim('2Gi', '2Gi', 'other')],
    [
      'of a guest that has ended',
      { ...running('1Gi', '1Gi'), status: { phase: 'Succeeded' } },
      claim('2Gi', '2Gi'),
    ],
  ];
  for (const [name, instance, seen] of quiet) {
    test(`${name} is no news`, async () => {
      const { growth, queue, client } = setUp(instance, seen);
      growth.seen(trimClaim(seen));
      assert.deepEqual(queue.added, []);
      assert.equal(await growth.settle(client, instance), false);
      assert.deepEqual(client.asked, []);
    });
  }

  test('is looked at without what is large', () => {
    assert.deepEqual(trimClaim(claim('1Gi', '2Gi')), {
      metadata: { ...meta('data'), creationTimestamp: '' },
      spec: { resources: { requests: { storage: '1Gi' } } },
      status: { capacity: { storage: '2Gi' } },
    });
  });
});
