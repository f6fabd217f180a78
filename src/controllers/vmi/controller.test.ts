import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterConfigOf } from '../../api/cluster-config.ts';
import type { Node, Pod, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import { createLogger } from '../../support/log.ts';
import { FakeCache, fakeClient, fakeEvents, fakeQueue } from '../testing/cluster.ts';
import { podName } from '../../pod/names.ts';
import { createVmiController, podIndexes } from './controller.ts';

const key = { namespace: 'ns', name: 'vm1' };
const { signal } = new AbortController();
const created: Vmi = {
  metadata: {
    ...key,
    uid: 'vmi-uid',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T11:00:00Z',
    finalizers: ['kubevirt.io/foregroundDeleteVirtualMachine'],
  },
  spec: { domain: { devices: {}, memory: { guest: '128Mi' } } },
};

function setUp(stored: readonly Node[] = []) {
  const deps = {
    client: fakeClient(stored),
    vmis: new FakeCache<Vmi>(),
    pods: new FakeCache<Pod>(podIndexes),
    nodes: new FakeCache<Node>(),
    queue: fakeQueue(),
    events: fakeEvents(),
    log: createLogger('test', 'error'),
    follow: () => undefined,
    growth: { settle: () => Promise.resolve(false) },
    podEvents: { follow: () => undefined, release: () => undefined },
    config: () => ({ image: 'i', imagePullSecrets: [], cluster: clusterConfigOf(undefined) }),
    now: () => new Date('2026-01-01T12:00:00Z'),
  };
  return { ...deps, reconcile: createVmiController(deps) };
}

test('a pod that the cache does not show yet is neither created twice nor forgotten by a deletion', async () => {
  const { client, vmis, reconcile } = setUp();
  vmis.put(created);
  await reconcile(key, signal);
  const metadata = { ...created.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' };
  for (const next of [created, { ...created, metadata }]) {
    vmis.put(next);
    assert.deepEqual(await reconcile(key, signal), { requeueAfterMs: 5000 });
  }
  assert.deepEqual(client.asked, ['create pods']);
});

test('a pod that is refused is tried again, whatever the reason: policies change unseen', async () => {
  const { client, vmis, reconcile } = setUp();
  client.create = () => Promise.reject(new ApiError(422, 'Invalid', 'a policy says no'));
  vmis.put(created);
  await assert.rejects(reconcile(key, signal), { reason: 'Invalid', retry: 'backoff' });
  assert.deepEqual(client.asked, ['patch virtualmachineinstances/status']);
});

const running: Vmi = { ...created, status: { phase: 'Running', nodeName: 'node1' } };
const podOfRunning: Pod = {
  metadata: {
    name: podName(created),
    namespace: 'ns',
    uid: 'pod-uid',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T11:00:01Z',
    ownerReferences: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstance',
        name: 'vm1',
        uid: 'vmi-uid',
        controller: true,
      },
    ],
  },
  spec: { nodeName: 'node1', containers: [{ name: 'compute' }] },
  status: { phase: 'Running' },
};
const node1: Node = {
  metadata: { name: 'node1', uid: 'n', resourceVersion: '1', creationTimestamp: '2026-01-01T11:00:00Z' },
};

for (const row of [
  {
    name: 'a node that only the cache does not know costs no guest its life',
    nodes: [node1],
    want: undefined,
  },
  { name: 'a guest whose node is gone has failed', nodes: [], want: 'Failed' },
]) {
  test(row.name, async () => {
    const { client, vmis, pods, reconcile } = setUp(row.nodes);
    vmis.put(running);
    pods.put(podOfRunning);
    await reconcile(key, signal);
    const written = client.patches as { status: { phase?: string } }[];
    assert.deepEqual(
      written.map(({ status }) => status.phase),
      [row.want],
    );
  });
}
