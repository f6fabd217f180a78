import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persistentVolumeClaims } from '../../../api/kinds.ts';
import type { Disk, KubeObject, PersistentVolumeClaim, Vmi, Volume } from '../../../api/types.ts';
import { keyString } from '../../../kube/types.ts';
import type { Key } from '../../../kube/types.ts';
import { fakeClient, fakeEvents, fakeQueue } from '../../testing/cluster.ts';
import { createAwaited } from './awaited.ts';
import { settleClaims } from './settle.ts';
import { isBlock, volumeStatuses } from './volume-status.ts';

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T11:00:00Z',
});
const claim = (change: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
  kind: 'PersistentVolumeClaim',
  metadata: meta('data'),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Bound', capacity: { storage: '2Gi' } },
  ...change,
});
const filled = (by: string): PersistentVolumeClaim => {
  const owner = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    name: by,
    uid: 'dv',
    controller: true,
  };
  return claim({ metadata: { ...meta('data'), ownerReferences: [owner] } });
};
const dataVolume = (name: string, phase: string): KubeObject =>
  ({ kind: 'DataVolume', metadata: meta(name), status: { phase } }) as KubeObject;

const onClaim: Volume = { name: 'disk', persistentVolumeClaim: { claimName: 'data' } };
const vmiOf = (volume: Volume = onClaim, disk: Omit<Disk, 'name'> = { disk: { bus: 'virtio' } }): Vmi => ({
  metadata: meta('vm1'),
  spec: { domain: { devices: { disks: [{ name: 'disk', ...disk }] } }, volumes: [volume] },
});

/** A client that finds objects by kind: the fake one knows names alone. */
function setUp(stored: readonly KubeObject[]) {
  const claims = fakeClient(stored.filter(({ kind }) => kind === 'PersistentVolumeClaim'));
  const others = fakeClient(stored.filter(({ kind }) => kind === 'DataVolume'));
  const client: typeof claims = {
    ...claims,
    get: (resource, key) => (resource === persistentVolumeClaims ? claims : others).get(resource, key),
  };
  const expected: string[][] = [];
  const awaited = {
    expect: (_vmi: Key, wanted: readonly { resource: { plural: string }; key: Key }[]) =>
      void expected.push(wanted.map(({ resource, key }) => `${resource.plural} ${keyString(key)}`)),
  };
  const events = fakeEvents();
  return { client, expected, events, deps: { client, awaited, events, now: () => new Date(0) } };
}

describe('an instance', () => {
  const waits: {
    name: string;
    vmi?: Vmi;
    stored: KubeObject[];
    reason: string;
    says: RegExp;
    wants: string[];
  }[] = [
    {
      name: 'waits for a claim that is not there',
      stored: [],
      reason: 'FailedPvcNotFound',
      says: /PVC ns\/data does not exist, waiting for it to appear; create it/,
      wants: ['persistentvolumeclaims ns/data'],
    },
    {
      name: 'waits for a DataVolume that is not there',
      vmi: vmiOf({ name: 'disk', dataVolume: { name: 'data' } }),
      stored: [],
      reason: 'FailedPvcNotFound',
      says: /CDI must be installed/,
      wants: ['persistentvolumeclaims ns/data'],
    },
    {
      name: 'waits for the claim of a DataVolume',
      stored: [dataVolume('data', 'Pending')],
      reason: 'DataVolumeNotReady',
      says: /DataVolume data makes it \(phase Pending\)/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'waits for a claim to be filled',
      stored: [filled('data'), dataVolume('data', 'ImportInProgress')],
      reason: 'DataVolumeNotReady',
      says: /is not filled yet \(phase ImportInProgress\)/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'says how a claim that waits for a consumer is filled',
      stored: [filled('data'), dataVolume('data', 'WaitForFirstConsumer')],
      reason: 'WaitForFirstConsumer',
      says: /storage\.bind\.immediate\.requested=true/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'waits for a block device below a LUN',
      vmi: vmiOf(onClaim, { lun: { bus: 'scsi' } }),
      stored: [claim()],
      reason: 'VolumeModeUnsuitable',
      says: /volumeMode Block/,
      wants: ['persistentvolumeclaims ns/data'],
    },
  ];
  for (const { name, vmi = vmiOf(), stored, reason, says, wants } of waits) {
    test(name, async () => {
      const { client, deps, events, expected } = setUp(stored);
      assert.equal(await settleClaims(deps, vmi), undefined);
      const [{ status }] = client.patches as [{ status: NonNullable<Vmi['status']> }];
      assert.equal(status.phase, 'Pending');
      const synchronized = status.conditions?.find(({ type }) => type === 'Synchronized');
      assert.equal(synchronized?.status, 'False');
      assert.equal(synchronized?.reason, reason);
      assert.match(synchronized?.message ?? '', says);
      assert.deepEqual(events.told, [reason]);
      assert.deepEqual(expected, [wants]);
      await settleClaims(deps, { ...vmi, status });
      assert.deepEqual(events.told, [reason], 'told once');
      assert.equal(client.patches.length, 1, 'written once');
    });
  }

  for (const phase of ['Succeeded', 'PendingPopulation']) {
    test(`starts on a claim whose DataVolume is ${phase}`, async () => {
      const { deps } = setUp([filled('data'), dataVolume('data', phase)]);
      assert.ok(await settleClaims(deps, vmiOf()));
    });
  }

  test('starts with what is known of its claims in its status, written once', async () => {
    const block = claim({ spec: { ...claim().spec, volumeMode: 'Block' } });
    const { client, deps, expected } = setUp([block]);
    const settled = await settleClaims(deps, vmiOf());
    const wanted = [
      {
        name: 'disk',
        target: 'vda',
        persistentVolumeClaimInfo: {
          claimName: 'data',
          accessModes: ['ReadWriteOnce'],
          volumeMode: 'Block',
          capacity: { storage: '2Gi' },
          requests: { storage: '1Gi' },
        },
      },
    ];
    assert.deepEqual(settled?.status?.volumeStatus, wanted);
    assert.deepEqual(client.patches, [
      { metadata: { resourceVersion: '1' }, status: { volumeStatus: wanted } },
    ]);
    assert.ok(isBlock(settled ?? vmiOf(), 'disk'));
    assert.ok(await settleClaims(deps, settled ?? vmiOf()));
    assert.equal(client.patches.length, 1);
    assert.deepEqual(expected, [[], []]);
    assert.deepEqual(volumeStatuses(settled ?? vmiOf()), wanted, 'kept when nobody looks');
  });

  test('without claims asks and writes nothing', async () => {
    const { client, deps } = setUp([]);
    const vmi = vmiOf({ name: 'disk', emptyDisk: { capacity: '1Gi' } });
    assert.equal(await settleClaims(deps, vmi), vmi);
    assert.deepEqual(client.asked, []);
  });
});

describe('objects that are waited for', () => {
  const wanted = (name: string) => ({ resource: persistentVolumeClaims, key: { namespace: 'ns', name } });
  const vmi = (name: string): Key => ({ namespace: 'ns', name });
  function start() {
    const open = new Map<string, { onChange: () => void; signal: AbortSignal }>();
    const queue = fakeQueue();
    const awaited = createAwaited((_resource, { name }, onChange, signal) => {
      open.set(name, { onChange, signal });
    }, queue);
    return { open, queue, awaited };
  }

  test('are followed once, for all who wait, until nobody does', () => {
    const { open, queue, awaited } = start();
    awaited.expect(vmi('a'), [wanted('data')]);
    const first = open.get('data');
    awaited.expect(vmi('b'), [wanted('data')]);
    awaited.expect(vmi('b'), [wanted('data')]);
    assert.equal(open.get('data'), first);
    first?.onChange();
    assert.deepEqual(queue.added, ['ns/a', 'ns/b']);
    awaited.expect(vmi('a'), []);
    assert.equal(first?.signal.aborted, false);
    awaited.expect(vmi('b'), [wanted('other')]);
    assert.equal(first?.signal.aborted, true);
    assert.equal(open.get('other')?.signal.aborted, false);
  });

  test('are not without bound', () => {
    const { awaited } = start();
    for (let index = 0; index < 100; index += 1) awaited.expect(vmi(`vm${index}`), [wanted(`data${index}`)]);
    assert.throws(() => awaited.expect(vmi('more'), [wanted('more')]), { reason: 'TooManyAwaited' });
    awaited.expect(vmi('more'), [wanted('data0')]);
  });
});
