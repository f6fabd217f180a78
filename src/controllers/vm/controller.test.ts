import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vm, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import type { Follow } from '../support/awaited.ts';
import { FakeCache, fakeClient, fakeEvents, fakeQueue } from '../testing/cluster.ts';
import { createVmController } from './controller.ts';
import { annotated, ending, phase, status, strategy, vm, vmi } from './testing/build.ts';
import type { Change } from './testing/build.ts';

const key = { namespace: 'ns', name: 'vm1' };
const { signal } = new AbortController();
const made = ['create controllerrevisions', 'create virtualmachineinstances'];

function setUp(follow: Follow = () => undefined) {
  const deps = {
    client: fakeClient(),
    vms: new FakeCache<Vm>(),
    vmis: new FakeCache<Vmi>(),
    queue: fakeQueue(),
    events: fakeEvents(),
    now: () => new Date('2026-01-01T12:00:00Z'),
    random: () => 0,
    follow,
  };
  return { ...deps, reconcile: createVmController(deps) };
}

test('an instance that the cache does not show yet is not created twice', async () => {
  const { client, vms, vmis, events, reconcile } = setUp();
  vms.put(vm(strategy('Always')));
  await reconcile(key, signal);
  vms.put(vm(strategy('Always'), status({ runStrategy: 'Always' })));
  assert.deepEqual(await reconcile(key, signal), { requeueAfterMs: 5000 });
  assert.deepEqual(client.asked, made);
  assert.deepEqual(events.told, ['SuccessfulCreate']);
  vmis.put(vmi((object) => ({ ...object, metadata: { ...object.metadata, uid: 'created' } })));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, [...made, 'patch virtualmachines/status']);
});

test('what an instance only shows settles before it is copied; what has to be acted on does not wait', () => {
  const { vmis, queue } = setUp();
  vmis.put(vmi());
  vmis.put(vmi(phase('Scheduling')));
  vmis.put(vmi(phase('Running')));
  assert.deepEqual(queue.added, ['ns/vm1 in 1000', 'ns/vm1 in 100', 'ns/vm1 in 100']);
  vmis.put(vmi(phase('Failed')));
  vmis.put(vmi(phase('Failed'), ending));
  assert.deepEqual(queue.added.slice(3), ['ns/vm1', 'ns/vm1']);
});

test('a deletion that is refused is told once a try and changes no status', async () => {
  const { client, vms, vmis, events, reconcile } = setUp();
  client.delete = () => Promise.reject(new ApiError(403, 'Forbidden', 'a policy keeps it'));
  vms.put(vm(strategy('Halted')));
  vmis.put(vmi(phase('Running')));
  await assert.rejects(reconcile(key, signal), ApiError);
  assert.deepEqual(client.asked, ['patch virtualmachines/status']);
  assert.deepEqual(events.told, ['FailedDelete']);
});

test('an instance that is refused is tried again, whatever the reason: it may pass later', async () => {
  const { client, vms, events, reconcile } = setUp();
  client.create = (resource, object) =>
    resource.plural === 'virtualmachineinstances'
      ? Promise.reject(new ApiError(422, 'Invalid', 'presets contradict each other'))
      : Promise.resolve(object as never);
  vms.put(vm(strategy('Always')));
  await assert.rejects(reconcile(key, signal), { reason: 'Invalid', retry: 'backoff' });
  assert.deepEqual(events.told, ['FailedCreate']);
});

test('a VM waits a moment for its new instance to say something, and no longer', async () => {
  for (const row of [
    { created: '2026-01-01T11:59:59Z', result: { requeueAfterMs: 1000 }, asked: [] },
    { created: '2026-01-01T11:59:58Z', result: {}, asked: ['patch virtualmachines/status'] },
  ]) {
    const { client, vms, vmis, reconcile } = setUp();
    vms.put(vm(strategy('Always')));
    const { status: _none, ...silent } = vmi();
    vmis.put({ ...silent, metadata: { ...silent.metadata, creationTimestamp: row.created } });
    assert.deepEqual(await reconcile(key, signal), row.result);
    assert.deepEqual(client.asked, row.asked);
  }
});

const bringing: Change<Vm> = (object) => ({
  ...object,
  spec: {
    ...object.spec,
    dataVolumeTemplates: [{ metadata: { name: object.metadata.name }, spec: { source: { blank: {} } } }],
  },
});

test('a guest is stopped whatever is wrong with DataVolumes', async () => {
  const { client, vms, vmis, reconcile } = setUp();
  client.get = () => Promise.reject(new ApiError(500, 'InternalError', 'webhook'));
  vms.put(vm(strategy('Halted'), bringing, status({ observedGeneration: 2 })));
  vmis.put(vmi(phase('Running')));
  await reconcile(key, signal);
  assert.deepEqual(client.asked, ['patch virtualmachines/status', 'delete virtualmachineinstances']);
});

test('trouble with DataVolumes that passes is told, starts nothing, and is tried again', async () => {
  const { client, vms, vmis, reconcile } = setUp();
  client.create = () => Promise.reject(new ApiError(500, 'InternalError', 'webhook'));
  vms.put(vm(strategy('Always'), bringing));
  await assert.rejects(reconcile(key, signal), { reason: 'InternalError', retry: 'backoff' });
  assert.deepEqual(client.asked, ['get datavolumes', 'patch virtualmachines/status']);
  assert.match(JSON.stringify(client.patches), /FailedDataVolumeCreate/);
  // A guest that runs is told of as ever, and its new templates are looked at again.
  vms.put(vm(strategy('Always'), bringing, status({ observedGeneration: 2 })));
  vmis.put(vmi(phase('Running'), annotated({ 'kubevirt.io/vm-generation': '3' })));
  await assert.rejects(reconcile(key, signal), { reason: 'InternalError' });
  const told = JSON.stringify(client.patches.at(-1));
  assert.match(told, /"printableStatus":"Running"/);
  assert.doesNotMatch(told, /observedGeneration/);
});

test('DataVolumes that cannot be followed any more are looked at again', async () => {
  const followed: string[] = [];
  const { client, vms, queue, reconcile } = setUp((_resource, { name }) => void followed.push(name));
  const named =
    (name: string): Change<Vm> =>
    (object) => ({ ...object, metadata: { ...object.metadata, name, uid: name } });
  for (let index = 0; index <= 50; index += 1) {
    const name = `vm${index}`;
    vms.put(vm(strategy('Halted'), named(name), bringing));
    await reconcile({ namespace: 'ns', name }, signal);
  }
  assert.equal(followed.length, 50);
  assert.equal(queue.added.at(-1), 'ns/vm50 in 30000');
  assert.equal(client.asked.at(-1), 'patch virtualmachines/status', 'its status is written all the same');
});
