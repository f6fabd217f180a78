import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vm, Vmi } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import { FakeCache, fakeClient, fakeEvents, fakeQueue } from '../testing/cluster.ts';
import { createVmController } from './controller.ts';
import { ending, phase, status, strategy, vm, vmi } from './testing/build.ts';

const key = { namespace: 'ns', name: 'vm1' };
const { signal } = new AbortController();
const made = ['create controllerrevisions', 'create virtualmachineinstances'];

function setUp() {
  const deps = {
    client: fakeClient(),
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
