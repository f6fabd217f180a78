import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, Vm, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import { FakeCache, fakeClient, fakeEvents, fakeQueue } from '../testing/cluster.ts';
import { createVmController } from './controller.ts';
import { rememberStartSpecs } from './start-revision.ts';
import { meta, orphaned, phase, status, strategy, vm, vmi } from './testing/build.ts';

const { signal } = new AbortController();
const key = { namespace: 'ns', name: 'vm1' };
const started = status({ runStrategy: 'Always' });
const revision = (name: string, generation: number): KubeObject =>
  ({
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '' },
    revision: generation,
    data: { spec: vm().spec },
  }) as KubeObject;

function setUp(stored: readonly KubeObject[] = []) {
  const deps = {
    client: fakeClient(stored),
    vms: new FakeCache<Vm>(),
    vmis: new FakeCache<Vmi>(),
    queue: fakeQueue(),
    events: fakeEvents(),
    now: () => new Date('2026-01-01T12:00:00Z'),
    random: () => 0,
    follow: () => undefined,
  };
  return { ...deps, reconcile: createVmController(deps) };
}

test('a start is recorded before the instance is made, and earlier records go after', async () => {
  const { client, vms, reconcile } = setUp([revision('older', 1), revision('newest', 3)]);
  vms.put(vm(strategy('Always'), started));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, [
    'create controllerrevisions',
    'create virtualmachineinstances',
    'list controllerrevisions',
    'delete controllerrevisions',
  ]);
});

test('the first start has no earlier records', async () => {
  const { client, vms, reconcile } = setUp();
  vms.put(vm(strategy('Always')));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['create controllerrevisions', 'create virtualmachineinstances']);
});

test('a generation that was started before has its record', async () => {
  const { client, vms, reconcile } = setUp();
  const create = client.create.bind(client);
  client.create = (resource, object) =>
    resource.plural === 'controllerrevisions'
      ? Promise.reject(new ApiError(409, 'AlreadyExists', 'already exists'))
      : create(resource, object);
  vms.put(vm(strategy('Always'), started));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['create virtualmachineinstances']);
});

test('a start that may not be recorded is a Failure, not a start', async () => {
  const { client, vms, events, reconcile } = setUp();
  client.create = () => Promise.reject(new ApiError(403, 'Forbidden', 'exceeded quota'));
  vms.put(vm(strategy('Always')));
  await assert.rejects(reconcile(key, signal), /exceeded quota/);
  assert.deepEqual(events.told, ['FailedCreate']);
  assert.deepEqual(client.asked, ['patch virtualmachines/status']);
});

test('the record is read once an instance, and only when the VM has changed since', async () => {
  const client = fakeClient([revision('revision-start-vm-vm-uid-2', 2)]);
  const specs = rememberStartSpecs();
  const made = vmi(phase('Running'), (object) => ({
    ...object,
    status: { ...object.status, virtualMachineRevisionName: 'revision-start-vm-vm-uid-2' },
  }));
  assert.equal(await specs.of(client, vm(meta({ generation: 2 })), made), undefined);
  assert.deepEqual(client.asked, []);
  assert.deepEqual(await specs.of(client, vm(), made), vm().spec);
  await specs.of(client, vm(meta({ generation: 4 })), made);
  assert.deepEqual(client.asked, ['get controllerrevisions']);
});

test('a record that somebody deleted leaves no claim', async () => {
  const made = vmi(phase('Running'), (object) => ({
    ...object,
    status: { ...object.status, virtualMachineRevisionName: 'gone' },
  }));
  assert.equal(await rememberStartSpecs().of(fakeClient(), vm(), made), undefined);
});

for (const row of [
  { name: 'is adopted', fresh: vm(), asked: ['get virtualmachines', 'patch virtualmachineinstances'] },
  {
    name: 'is left alone when the VM goes',
    fresh: vm(meta({ deletionTimestamp: 'x' })),
    asked: ['get virtualmachines'],
  },
  {
    name: 'is left alone when the VM is another one',
    fresh: vm(meta({ uid: 'other' })),
    asked: ['get virtualmachines'],
  },
]) {
  test(`an instance of nobody ${row.name}`, async () => {
    const { client, vms, vmis, reconcile } = setUp([row.fresh]);
    vms.put(vm(strategy('Always')));
    vmis.put(vmi(phase('Running'), orphaned));
    await reconcile(key, signal);
    assert.deepEqual(client.asked, row.asked);
  });
}
