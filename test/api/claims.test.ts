/** Instances whose disks are on claims, on a real API server with the controller's own rights. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  customResourceDefinitions,
  dataVolumes,
  events,
  nodes,
  persistentVolumeClaims,
  pods,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { KubeObject, Pod, Vmi } from '../../src/api/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import { eventually, inNs, vmOf } from './stand-in.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let client: ApiClient;

before(async () => {
  world = await startWorld();
  ({ client } = world);
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } });
});

after(() => world.stop());

const onDisk = (source: object) => ({
  volumes: [{ name: 'data', ...source }],
  domain: {
    memory: { guest: '128Mi' },
    devices: { disks: [{ name: 'data', disk: { bus: 'virtio' } }] },
  },
});

const claimOf = (name: string, change: { metadata?: object; spec?: object } = {}): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default', ...change.metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...change.spec,
  },
});

async function waitsFor(name: string, reason: string): Promise<Vmi> {
  return eventually(async () => {
    const vmi = await client.get<Vmi>(virtualMachineInstances, inNs(name));
    assert.equal(vmi.status?.phase, 'Pending');
    assert.equal(conditionOf(vmi.status.conditions, 'Synchronized')?.reason, reason);
    return vmi;
  });
}

async function startsAt(vmi: Vmi): Promise<{ pod: Pod; vmi: Vmi }> {
  const pod = await world.podOf(vmi);
  const current = await world.vmiWith(vmi.metadata.name, 'Scheduling');
  assert.equal(conditionOf(current.status?.conditions, 'Synchronized'), undefined);
  return { pod, vmi: current };
}

const podsOf = async ({ metadata }: Vmi): Promise<KubeObject[]> =>
  (await client.list(pods, { namespace: 'default', labelSelector: `kubevirt.io/created-by=${metadata.uid}` }))
    .items;

describe('an instance on a claim', () => {
  test('waits for it, says so, and starts when it appears', async () => {
    const source = { persistentVolumeClaim: { claimName: 'late' } };
    await client.create(virtualMachines, vmOf('late', 'Always', onDisk(source)));
    const waiting = await waitsFor('late', 'FailedPvcNotFound');
    assert.deepEqual(await podsOf(waiting), []);
    const message = conditionOf(waiting.status?.conditions, 'Synchronized')?.message;
    assert.match(message ?? '', /PVC default\/late does not exist, waiting for it to appear/);
    await eventually(async () => {
      const { items } = await client.list<KubeObject & { reason: string }>(events, { namespace: 'default' });
      assert.ok(items.some(({ reason }) => reason === 'FailedPvcNotFound'));
    });
    await client.create(persistentVolumeClaims, claimOf('late', { spec: { volumeMode: 'Block' } }));
    const { pod, vmi } = await startsAt(waiting);
    assert.deepEqual(pod.spec?.containers[0]?.volumeDevices, [
      { name: 'disk-data', devicePath: '/dev/volumes/data' },
    ]);
    assert.deepEqual(vmi.status?.volumeStatus, [
      {
        name: 'data',
        target: 'vda',
        persistentVolumeClaimInfo: {
          claimName: 'late',
          accessModes: ['ReadWriteOnce'],
          volumeMode: 'Block',
          requests: { storage: '1Gi' },
        },
      },
    ]);
  });

  test('that is deleted while it waits is gone', async () => {
    const source = { persistentVolumeClaim: { claimName: 'never' } };
    const manifest = { ...vmOf('never', 'Always', onDisk(source)) } as KubeObject;
    await client.create(virtualMachines, manifest);
    await waitsFor('never', 'FailedPvcNotFound');
    await client.delete(virtualMachines, inNs('never'));
    await world.gone(virtualMachineInstances, inNs('never'));
  });
});

describe('an instance on a DataVolume', () => {
  before(async () => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: 'v1beta1', served: true, storage: true, schema, subresources: { status: {} } }];
    await client.create(customResourceDefinitions, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'datavolumes.cdi.kubevirt.io' },
      spec: {
        group: dataVolumes.group,
        scope: 'Namespaced',
        names: { plural: dataVolumes.plural, singular: 'datavolume', kind: dataVolumes.kind },
        versions,
      },
    });
    await eventually(() => client.list(dataVolumes, { namespace: 'default' }));
  });

  test('waits until its claim is filled', async () => {
    const apiVersion = 'cdi.kubevirt.io/v1beta1';
    const metadata = { name: 'image', namespace: 'default' };
    const made = await client.create<KubeObject>(dataVolumes, { apiVersion, kind: 'DataVolume', metadata });
    await client.create(virtualMachines, vmOf('image', 'Always', onDisk({ dataVolume: { name: 'image' } })));
    await waitsFor('image', 'DataVolumeNotReady');
    const { uid } = made.metadata;
    const owner = { apiVersion, kind: 'DataVolume', name: 'image', uid, controller: true };
    await world.setStatus(dataVolumes, 'image', { phase: 'ImportInProgress' });
    const claim = claimOf('image', { metadata: { ownerReferences: [owner] } });
    await client.create(persistentVolumeClaims, claim);
    const waiting = await eventually(async () => {
      const vmi = await waitsFor('image', 'DataVolumeNotReady');
      const { message } = conditionOf(vmi.status?.conditions, 'Synchronized') ?? {};
      assert.match(message ?? '', /is not filled yet \(phase ImportInProgress\)/);
      return vmi;
    });
    assert.deepEqual(await podsOf(waiting), []);
    await world.setStatus(dataVolumes, 'image', { phase: 'Succeeded' });
    const { pod } = await startsAt(waiting);
    const claims = pod.spec?.volumes?.flatMap((volume) => volume.persistentVolumeClaim ?? []);
    assert.deepEqual(claims, [{ claimName: 'image' }]);
  });
});
