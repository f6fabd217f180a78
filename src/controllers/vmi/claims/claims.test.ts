import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persistentVolumeClaims } from '../../../api/kinds.ts';
import type {
  Container,
  Disk,
  KubeObject,
  PersistentVolumeClaim,
  Pod,
  Vmi,
  Volume,
} from '../../../api/types.ts';
import { ApiError, keyString } from '../../../kube/types.ts';
import type { Key } from '../../../kube/types.ts';
import { defaultConfig } from '../../../api/cluster-config.ts';
import type { DesiredPod } from '../pod.ts';
import { desiredPod } from '../pod.ts';
import { conditionOf } from '../../../status/conditions.ts';
import { consumerName } from './consumer.ts';
import { filesystemOverhead } from './overhead.ts';
import { fakeClient, fakeEvents, fakeQueue } from '../../testing/cluster.ts';
import { createAwaited } from '../../support/awaited.ts';
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
const dataVolume = (name: string, phase: string, more: object = {}): KubeObject =>
  ({ kind: 'DataVolume', metadata: meta(name), status: { phase, ...more } }) as KubeObject;
const conditions = (type: string, reason: string) => ({
  conditions: [{ type, status: 'False', reason, message: 'as CDI says' }],
});

const onClaim: Volume = { name: 'disk', persistentVolumeClaim: { claimName: 'data' } };
const vmiOf = (volume: Volume = onClaim, disk: Omit<Disk, 'name'> = { disk: { bus: 'virtio' } }): Vmi => ({
  metadata: meta('vm1'),
  spec: { domain: { devices: { disks: [{ name: 'disk', ...disk }] } }, volumes: [volume] },
});

/** The same volume as a file system instead of a disk. */
const sharing = ({ metadata, spec }: Vmi): Vmi => ({
  metadata,
  spec: { ...spec, domain: { devices: { filesystems: [{ name: 'disk', virtiofs: {} }] } } },
});

const launcherPod = (vmi: Vmi): DesiredPod =>
  desiredPod(
    { ...vmi, spec: { ...vmi.spec, domain: { ...vmi.spec.domain, memory: { guest: '128Mi' } } } },
    { image: 'registry.example/monovirt:1', imagePullSecrets: [], cluster: defaultConfig },
  );

/** A client that finds objects by kind: the fake one knows names alone. */
function setUp(stored: readonly KubeObject[]) {
  const claims = fakeClient(stored.filter(({ kind }) => kind === 'PersistentVolumeClaim'));
  const others = fakeClient(stored.filter(({ kind }) => kind !== 'PersistentVolumeClaim'));
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
  return { client, expected, events, deps: { client, awaited, events, now: () => new Date(0), launcherPod } };
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
      name: 'follows the DataVolume that fills a claim of another name',
      stored: [filled('importer'), dataVolume('importer', 'ImportInProgress')],
      reason: 'DataVolumeNotReady',
      says: /DataVolume importer is not filled yet/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/importer'],
    },
    {
      name: 'passes on how far CDI is',
      stored: [filled('data'), dataVolume('data', 'ImportInProgress', { progress: '42.00%' })],
      reason: 'DataVolumeNotReady',
      says: /phase ImportInProgress, 42\.00%/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'passes on that an import fails, while CDI tries again',
      stored: [
        filled('data'),
        dataVolume('data', 'ImportInProgress', conditions('Running', 'ImagePullFailed')),
      ],
      reason: 'DataVolumeError',
      says: /Running: ImagePullFailed: as CDI says/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'passes on that a quota is exceeded',
      stored: [dataVolume('data', 'Pending', conditions('Bound', 'ErrExceededQuota'))],
      reason: 'DataVolumeError',
      says: /Bound: ErrExceededQuota: as CDI says/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'passes on that a DataVolume has failed',
      stored: [filled('data'), dataVolume('data', 'Failed')],
      reason: 'DataVolumeError',
      says: /phase Failed/,
      wants: ['persistentvolumeclaims ns/data', 'datavolumes ns/data'],
    },
    {
      name: 'does not begin on a claim that is being deleted',
      stored: [claim({ metadata: { ...meta('data'), deletionTimestamp: '2026-01-01T11:00:00Z' } })],
      reason: 'ClaimTerminating',
      says: /PVC data is being deleted/,
      wants: ['persistentvolumeclaims ns/data'],
    },
    {
      name: 'does not begin on a claim whose volume is gone',
      stored: [claim({ status: { phase: 'Lost' } })],
      reason: 'ClaimLost',
      says: /PVC data has lost its PersistentVolume/,
      wants: ['persistentvolumeclaims ns/data'],
    },
    {
      name: 'says how a claim that waits for a consumer is filled',
      stored: [filled('data'), dataVolume('data', 'WaitForFirstConsumer')],
      reason: 'WaitForFirstConsumer',
      says: /a pod stands in as its first consumer/,
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
    {
      name: 'waits for a folder to share',
      vmi: sharing(vmiOf(onClaim)),
      stored: [claim({ spec: { volumeMode: 'Block' } })],
      reason: 'VolumeModeUnsuitable',
      says: /volumeMode Filesystem/,
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
          filesystemOverhead: '0',
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

describe('a first consumer', () => {
  const stored = [filled('data'), dataVolume('data', 'WaitForFirstConsumer')];
  const told = (vmi: Vmi): Vmi => ({
    ...vmi,
    status: {
      conditions: [{ type: 'Synchronized', status: 'False', reason: 'WaitForFirstConsumer' }],
    },
  });

  test("is made once the status tells of it, where the launcher could run, and is nobody's launcher", async () => {
    const { client, deps, expected } = setUp(stored);
    const made: DesiredPod[] = [];
    client.create = (_resource, object) => Promise.resolve(made.push(object as DesiredPod) as never);
    await settleClaims(deps, vmiOf());
    assert.equal(made.length, 0);
    await settleClaims(deps, told(vmiOf()));
    const [{ metadata, spec }] = made as [DesiredPod];
    const [compute] = spec.containers as [Container];
    const launcher = launcherPod(vmiOf()).spec;
    assert.match(metadata.name, /^first-consumer-vm1-/);
    assert.deepEqual(metadata.labels, {});
    assert.deepEqual(spec.nodeSelector, launcher.nodeSelector);
    assert.deepEqual(compute.resources, launcher.containers[0]?.resources);
    assert.deepEqual(compute.command, ['true']);
    assert.deepEqual(spec.volumes, [{ name: 'disk-disk', persistentVolumeClaim: { claimName: 'data' } }]);
    assert.deepEqual(expected.at(-1)?.at(-1), `pods ns/${metadata.name}`);
  });

  for (const { name, refusal, event } of [
    { name: 'policies', refusal: new ApiError(422, 'Invalid', 'a policy says no'), event: 'FailedCreate' },
    { name: 'quotas', refusal: new ApiError(403, 'Forbidden', 'exceeded quota'), event: 'FailedCreate' },
  ]) {
    test(`that ${name} refuse is told of, and tried again`, async () => {
      const { client, deps, events, expected } = setUp(stored);
      client.create = () => Promise.reject(refusal);
      await assert.rejects(settleClaims(deps, told(vmiOf())), { reason: refusal.reason, retry: 'backoff' });
      const [{ status }] = client.patches as [{ status: NonNullable<Vmi['status']> }];
      const synchronized = conditionOf(status.conditions, 'Synchronized');
      assert.equal(synchronized?.reason, 'WaitForFirstConsumer');
      assert.ok(synchronized.message?.endsWith(`; its pod cannot be created: ${refusal.message}`));
      assert.deepEqual(events.told, [event]);
      assert.equal(expected.length, 1, 'followed all the same');
    });
  }

  test('whose name is taken is told of, and tried again', async () => {
    const foreign = { kind: 'Pod', metadata: meta(consumerName(vmiOf())) };
    const { client, deps, events } = setUp([...stored, foreign]);
    await assert.rejects(settleClaims(deps, told(vmiOf())), { reason: 'PodNameTaken' });
    assert.deepEqual(events.told, ['PodNameTaken']);
    assert.equal(client.patches.length, 1);
  });

  test('that cannot be made because the API server is away is told to nobody', async () => {
    const { client, deps, events } = setUp(stored);
    client.create = () => Promise.reject(new ApiError(503, 'ServiceUnavailable', 'not now'));
    await assert.rejects(settleClaims(deps, told(vmiOf())), { reason: 'ServiceUnavailable' });
    assert.deepEqual(events.told, []);
    assert.deepEqual(client.patches, []);
  });

  const goesOn = [filled('data'), dataVolume('data', 'ImportInProgress')];
  const podOf = (owner: string): Pod => {
    const reference = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      name: 'vm1',
      uid: owner,
    };
    const metadata = { ...meta(consumerName(vmiOf())), uid: 'pod-uid', ownerReferences: [reference] };
    return { kind: 'Pod', metadata };
  };

  test('is removed when CDI goes on, and no namesake of it', async () => {
    const { client, deps } = setUp([...goesOn, podOf('uid-vm1')]);
    const deleted: unknown[] = [];
    client.delete = (_resource, { name }, options) =>
      Promise.resolve(void deleted.push({ name, uid: options?.uid }));
    await settleClaims(deps, told(vmiOf()));
    assert.deepEqual(deleted, [{ name: consumerName(vmiOf()), uid: 'pod-uid' }]);
  });

  for (const status of [404, 409]) {
    test(`that another has removed (${status}) is gone`, async () => {
      const { client, deps } = setUp([...goesOn, podOf('uid-vm1')]);
      client.delete = () => Promise.reject(new ApiError(status, 'Conflict', 'another one'));
      assert.equal(await settleClaims(deps, told(vmiOf())), undefined);
    });
  }

  test('of somebody else stays', async () => {
    const { client, deps } = setUp([...goesOn, podOf('another')]);
    await settleClaims(deps, told(vmiOf()));
    assert.ok(!client.asked.includes('delete pods'));
  });
});

describe('the overhead of file systems', () => {
  const config = (stated: object) => ({
    metadata: meta('config'),
    status: { filesystemOverhead: stated },
  });
  const onClass = claim({ spec: { ...claim().spec, storageClassName: 'fast' } });
  const rows: [string, PersistentVolumeClaim, ReturnType<typeof config> | undefined, string][] = [
    ['without CDI is the usual', claim(), undefined, '0.055'],
    ['is none on a block device', claim({ spec: { volumeMode: 'Block' } }), undefined, '0'],
    ['is the configured one', onClass, config({ global: '0.1' }), '0.1'],
    ['is that of the class', onClass, config({ global: '0.1', storageClass: { fast: '0' } }), '0'],
    ['is the usual where the configured one is none', onClass, config({ global: '-3' }), '0.055'],
  ];
  for (const [name, given, cdi, wanted] of rows) {
    test(name, () => assert.equal(filesystemOverhead(given, cdi), wanted));
  }
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

  test('are not without bound; beyond it, who waits looks again by itself', () => {
    const { open, queue, awaited } = start();
    const expect = (namespace: string, index: number): void =>
      awaited.expect({ namespace, name: `vm${index}` }, [
        { resource: persistentVolumeClaims, key: { namespace, name: `${namespace}-${index}` } },
      ]);
    for (let index = 0; index < 50; index += 1) expect('a', index);
    expect('a', 50);
    assert.deepEqual(queue.added, ['a/vm50 in 30000'], 'half of all is the most of a namespace');
    for (let index = 0; index < 50; index += 1) expect('b', index);
    expect('c', 0);
    assert.deepEqual(queue.added.slice(1), ['c/vm0 in 30000']);
    assert.equal(open.size, 100);
    awaited.expect({ namespace: 'a', name: 'vm0' }, []);
    expect('c', 0);
    assert.ok(open.has('c-0'));
    awaited.expect({ namespace: 'a', name: 'more' }, [
      { resource: persistentVolumeClaims, key: { namespace: 'a', name: 'a-1' } },
    ]);
    assert.equal(queue.added.length, 2);
  });
});
