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
import type { KubeObject, Pod, Vm, Vmi } from '../../src/api/types.ts';
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
          filesystemOverhead: '0',
        },
      },
    ]);
  });

  test('knows how large it is, also when it grows later', async () => {
    await client.create(persistentVolumeClaims, claimOf('grows'));
    const source = { persistentVolumeClaim: { claimName: 'grows' } };
    await client.create(virtualMachines, vmOf('grows', 'Always', onDisk(source)));
    await world.vmiWith('grows', 'Scheduling');
    for (const storage of ['1Gi', '3Gi']) {
      await world.setStatus(persistentVolumeClaims, 'grows', { phase: 'Bound', capacity: { storage } });
      await eventually(async () => {
        const vmi = await client.get<Vmi>(virtualMachineInstances, inNs('grows'));
        const info = vmi.status?.volumeStatus?.[0]?.persistentVolumeClaimInfo;
        assert.deepEqual(info?.capacity, { storage });
        assert.equal(info.filesystemOverhead, '0.055');
      });
    }
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

const bringing = (name: string, change: object = {}): object => {
  const vm = vmOf(name, 'Always', onDisk({ dataVolume: { name } })) as { spec: object };
  const metadata = { name, labels: { app: 'a' } };
  const dataVolumeTemplates = [
    { metadata, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } } },
  ];
  return { ...vm, spec: { ...vm.spec, dataVolumeTemplates, ...change } };
};

async function vmShows(name: string, printable: string): Promise<Vm> {
  return eventually(async () => {
    const vm = await client.get<Vm>(virtualMachines, inNs(name));
    assert.equal(vm.status?.printableStatus, printable);
    return vm;
  });
}

describe('a VM that brings DataVolumes, before CDI is installed', () => {
  test('says what is missing, and makes no instance', async () => {
    await client.create(virtualMachines, bringing('early'));
    const vm = await vmShows('early', 'DataVolumeError');
    const failure = conditionOf(vm.status?.conditions, 'Failure');
    assert.equal(failure?.reason, 'CdiNotInstalled');
    assert.match(failure.message ?? '', /datavolumes\.cdi\.kubevirt\.io is missing/);
    await assert.rejects(client.get(virtualMachineInstances, inNs('early')));
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

  const ofVm = async (name: string): Promise<KubeObject> =>
    eventually(() => client.get<KubeObject>(dataVolumes, inNs(name)));
  const claimBy = ({ metadata: { name, uid } }: KubeObject): object => {
    const owner = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', name, uid, controller: true };
    return claimOf(name, { metadata: { ownerReferences: [owner] } });
  };

  test('that its VM brings is made as soon as CDI is installed, and lives and dies with the VM', async () => {
    const made = await ofVm('early');
    const vm = await client.get<Vm>(virtualMachines, inNs('early'));
    assert.deepEqual(made.metadata.labels, { app: 'a', 'kubevirt.io/created-by': vm.metadata.uid });
    const [owner] = made.metadata.ownerReferences ?? [];
    assert.equal(owner?.uid, vm.metadata.uid);
    assert.equal(owner.controller, true);
    await world.setStatus(dataVolumes, 'early', { phase: 'ImportInProgress', progress: '10%' });
    await client.create(persistentVolumeClaims, claimBy(made));
    const waiting = await eventually(async () => {
      const vmi = await waitsFor('early', 'DataVolumeNotReady');
      assert.equal(conditionOf(vmi.status?.conditions, 'DataVolumesReady')?.status, 'False');
      return vmi;
    });
    await vmShows('early', 'Provisioning');
    await world.setStatus(dataVolumes, 'early', { phase: 'Succeeded' });
    await startsAt(waiting);
  });

  test('that is off has its DataVolumes filled all the same', async () => {
    await client.create(virtualMachines, bringing('off', { runStrategy: 'Halted' }));
    await ofVm('off');
    await vmShows('off', 'Provisioning');
    await world.setStatus(dataVolumes, 'off', { phase: 'Failed' });
    await vmShows('off', 'DataVolumeError');
    await world.setStatus(dataVolumes, 'off', { phase: 'Succeeded' });
    await vmShows('off', 'Stopped');
  });

  test('that waits for a guest gets a stand-in, which goes when CDI goes on', async () => {
    await client.create(virtualMachines, bringing('first'));
    const made = await ofVm('first');
    await client.create(persistentVolumeClaims, claimBy(made));
    await world.setStatus(dataVolumes, 'first', { phase: 'WaitForFirstConsumer' });
    const waiting = await waitsFor('first', 'WaitForFirstConsumer');
    await vmShows('first', 'WaitingForVolumeBinding');
    const standIns = async (): Promise<Pod[]> =>
      (await client.list<Pod>(pods, { namespace: 'default' })).items.filter(
        ({ metadata }) =>
          metadata.name.startsWith('first-consumer-') && metadata.deletionTimestamp === undefined,
      );
    const standIn = await eventually(async () => {
      const [pod] = await standIns();
      assert.ok(pod);
      return pod;
    });
    assert.equal(standIn.metadata.ownerReferences?.[0]?.uid, waiting.metadata.uid);
    assert.deepEqual(
      standIn.spec?.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName),
      ['first'],
    );
    await world.setStatus(dataVolumes, 'first', { phase: 'ImportInProgress' });
    await waitsFor('first', 'DataVolumeNotReady');
    await eventually(async () => assert.deepEqual(await standIns(), []));
    await world.setStatus(dataVolumes, 'first', { phase: 'Succeeded' });
    await startsAt(waiting);
  });

  test('whose claim is being deleted does not begin', async () => {
    const finalizers = ['example.com/keep'];
    await client.create(persistentVolumeClaims, claimOf('going', { metadata: { finalizers } }));
    await client.delete(persistentVolumeClaims, inNs('going'));
    const source = { persistentVolumeClaim: { claimName: 'going' } };
    await client.create(virtualMachines, vmOf('going', 'Always', onDisk(source)));
    await waitsFor('going', 'ClaimTerminating');
  });
});
