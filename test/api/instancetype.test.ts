/** VMs that name instancetypes and preferences, with the controller and its own RBAC on a real API server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  clusterInstancetypes,
  clusterPreferences,
  controllerRevisions,
  events,
  instancetypes,
  kubeVirts,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { KubeObject, Vm, Vmi } from '../../src/api/types.ts';
import { catalogue } from '../../src/instancetype/catalogue/objects.ts';
import type { Revision } from '../../src/instancetype/find/revision.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import { eventually, inNs } from './stand-in.ts';
import { startWebhooks } from './webhooks.ts';
import type { RunningWebhooks } from './webhooks.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let client: ApiClient;
let webhooks: RunningWebhooks;

before(async () => {
  world = await startWorld();
  client = world.client;
  const describing = [instancetypes, clusterInstancetypes, clusterPreferences];
  await eventually(() => Promise.all(describing.map((resource) => client.list(resource, {}))));
  webhooks = await startWebhooks(client, 'system:serviceaccount:kubevirt:kubevirt-controller');
  await eventually(() =>
    assert.rejects(client.apply(instancetypes, size('none', 0), { fieldManager: 'test', dryRun: true })),
  );
});

after(async () => {
  await world?.stop();
  await webhooks?.close();
});

const size = (name: string, guest: number, memory = '128Mi'): object => ({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  kind: 'VirtualMachineInstancetype',
  metadata: { name, namespace: 'default' },
  spec: { cpu: { guest }, memory: { guest: memory }, annotations: { size: name } },
});

const taste = (name: string, spec: object): object => ({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  kind: 'VirtualMachineClusterPreference',
  metadata: { name },
  spec,
});

const vmOf = (name: string, spec: object, domain: object = {}): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: {
    runStrategy: 'Always',
    template: {
      spec: {
        domain: { devices: { disks: [{ name: 'root' }] }, ...domain },
        volumes: [{ name: 'root', containerDisk: { image: 'registry.example/disk:1' } }],
      },
    },
    ...spec,
  },
});

const local = (name: string): object => ({ name, kind: 'VirtualMachineInstancetype' });
const readVm = (name: string): Promise<Vm> => client.get<Vm>(virtualMachines, inNs(name));
const readVmi = (name: string): Promise<Vmi> => client.get<Vmi>(virtualMachineInstances, inNs(name));
const instance = (name: string): Promise<Vmi> => eventually(() => readVmi(name));
const merge = (body: Record<string, unknown>): { type: 'merge'; body: Record<string, unknown> } => ({
  type: 'merge',
  body,
});

async function failure(name: string): Promise<string | undefined> {
  const { status } = await readVm(name);
  return conditionOf(status?.conditions, 'Failure')?.reason;
}

function assertMadeOfBoth({ spec, metadata }: Vmi): void {
  assert.deepEqual([spec.domain.cpu?.sockets, spec.domain.memory?.guest], [2, '128Mi']);
  assert.equal(spec.domain.devices.disks?.[0]?.disk?.bus, 'virtio');
  const { annotations = {} } = metadata;
  assert.equal(annotations['kubevirt.io/instancetype-name'], 'two');
  assert.equal(annotations['kubevirt.io/cluster-preference-name'], 'virtio');
  assert.equal(annotations['size'], 'two');
}

/** The revision that keeps `two`, under KubeVirt's name and labels. */
async function assertKept(vm: Vm, name = ''): Promise<void> {
  assert.match(name, /^both-two-v1beta1-.*-1$/);
  const { metadata, data } = await client.get<Revision>(controllerRevisions, inNs(name));
  assert.equal(metadata.ownerReferences?.[0]?.uid, vm.metadata.uid);
  assert.equal(metadata.labels?.['instancetype.kubevirt.io/object-name'], 'two');
  assert.equal(data?.kind, 'VirtualMachineInstancetype');
  assert.deepEqual(data.spec, (size('two', 2) as { spec: object }).spec);
}

describe('a VM that names an instancetype and a preference', () => {
  test('is made from both, which its status names and its spec keeps unchanged', async () => {
    await client.create(instancetypes, size('two', 2));
    await client.create(clusterPreferences, taste('virtio', { devices: { preferredDiskBus: 'virtio' } }));
    const given = vmOf('both', { instancetype: local('two'), preference: { name: 'virtio' } });
    const created = await client.create<Vm>(virtualMachines, given);
    assertMadeOfBoth(await instance('both'));

    const vm = await readVm('both');
    assert.deepEqual(vm.spec, created.spec);
    assert.equal(vm.metadata.generation, 1);
    const { instancetypeRef, preferenceRef } = vm.status ?? {};
    assert.deepEqual([instancetypeRef?.name, instancetypeRef?.kind], ['two', 'VirtualMachineInstancetype']);
    assert.equal(preferenceRef?.kind, 'virtualmachineclusterpreference');
    await assertKept(vm, instancetypeRef?.controllerRevisionRef?.name);
  });

  test('stays what it was when they change, until it names another', async () => {
    await client.create(instancetypes, size('grows', 1));
    await client.create(instancetypes, size('other', 3));
    await client.create(
      virtualMachines,
      vmOf('steady', { runStrategy: 'Halted', instancetype: local('grows') }),
    );
    // Kept when the VM is made, though it has never run.
    const first = await eventually(async () => {
      const ref = (await readVm('steady')).status?.instancetypeRef?.controllerRevisionRef?.name;
      assert.ok(ref);
      return ref;
    });
    await client.patch(instancetypes, inNs('grows'), merge({ spec: { cpu: { guest: 4 } } }));
    await client.patch(virtualMachines, inNs('steady'), merge({ spec: { runStrategy: 'Always' } }));
    const { spec } = await instance('steady');
    assert.equal(spec.domain.cpu?.sockets, 1);

    await client.patch(virtualMachines, inNs('steady'), merge({ spec: { instancetype: local('other') } }));
    await eventually(async () => {
      const { status } = await readVm('steady');
      assert.equal(status?.instancetypeRef?.name, 'other');
      assert.notEqual(status?.instancetypeRef?.controllerRevisionRef?.name, first);
      assert.equal(conditionOf(status?.conditions, 'RestartRequired')?.status, 'True');
    });
    const template = { spec: { domain: { memory: { guest: '128Mi' } } } };
    await client.patch(virtualMachines, inNs('steady'), merge({ spec: { instancetype: null, template } }));
    await eventually(async () => assert.equal((await readVm('steady')).status?.instancetypeRef, undefined));
  });

  test('waits for what it names, and says so', async () => {
    await client.create(virtualMachines, vmOf('early', { instancetype: local('late') }));
    await eventually(async () => assert.equal(await failure('early'), 'FailedFindInstancetype'));
    await eventually(async () => {
      const { items } = await client.list<KubeObject & { reason?: string }>(events, { namespace: 'default' });
      assert.ok(items.some(({ reason }) => reason === 'FailedFindInstancetype'));
    });
    await client.create(instancetypes, size('late', 2));
    const { spec } = await instance('early');
    assert.equal(spec.domain.cpu?.sockets, 2);
    await eventually(async () => assert.equal(await failure('early'), undefined));
  });

  test('is refused with all conflicts at once', async () => {
    const stated = { memory: { guest: '1Gi' }, cpu: { cores: 2 } };
    await assert.rejects(
      client.create(virtualMachines, vmOf('torn', { instancetype: local('two') }, stated)),
      (error: { status: number; message: string }) => {
        assert.equal(error.status, 422);
        for (const field of ['memory.guest', 'cpu.cores']) {
          const text = `VM field(s) spec.template.spec.domain.${field} conflicts with selected instance type`;
          assert.ok(error.message.includes(text), error.message);
        }
        return true;
      },
    );
  });

  test('is not made when what it waited for contradicts it', async () => {
    const given = vmOf('patient', { instancetype: local('modelled') }, { cpu: { model: 'Haswell' } });
    await client.create(virtualMachines, given);
    await eventually(async () => assert.equal(await failure('patient'), 'FailedFindInstancetype'));
    const modelled = size('modelled', 1) as { spec: object };
    const cpu = { guest: 1, model: 'EPYC' };
    await client.create(instancetypes, { ...modelled, spec: { ...modelled.spec, cpu } });
    await eventually(async () => assert.equal(await failure('patient'), 'FailedCreate'));
    const { status } = await readVm('patient');
    assert.match(
      conditionOf(status?.conditions, 'Failure')?.message ?? '',
      /spec\.template\.spec\.domain\.cpu\.model conflicts with selected instance type/,
    );
    assert.equal(status?.instancetypeRef, undefined);
  });
});

describe('the kinds', () => {
  test('are judged by rules of their own', async () => {
    const wrong = size('wrong', 0);
    await assert.rejects(client.create(instancetypes, wrong), /spec\.cpu\.guest must be at least 1/);
    const odd = taste('odd', { cpu: { preferredCPUTopology: 'pyramid' } });
    await assert.rejects(client.create(clusterPreferences, odd), /unknown preferredCPUTopology pyramid/);
  });
});

describe('the catalogue', () => {
  test('comes with a KubeVirt object, and again after it was deleted', async () => {
    const wanted = catalogue('v').filter(({ resource }) => resource === clusterInstancetypes).length;
    const kubeVirt = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'KubeVirt',
      metadata: { name: 'kubevirt', namespace: 'kubevirt' },
      spec: {},
    };
    await client.create(kubeVirts, kubeVirt);
    const all = async (): Promise<KubeObject[]> => (await client.list(clusterInstancetypes, {})).items;
    await eventually(async () => assert.equal((await all()).length, wanted));
    await client.delete(clusterInstancetypes, { name: 'u1.small' });
    await eventually(async () => assert.equal((await all()).length, wanted));
    const small = (await all()).find(({ metadata }) => metadata.name === 'u1.small');
    assert.equal(small?.metadata.ownerReferences?.[0]?.kind, 'Namespace');
  });
});
