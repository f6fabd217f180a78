/** What becomes of VMs and instances in the course of changes, on a real API server: see docs/life-cycle.md. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  controllerRevisions,
  events,
  nodes,
  pods,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { KubeObject, Vm, Vmi } from '../../src/api/types.ts';
import { HttpError } from '../../src/http/status.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import { changePower } from '../../src/subresources/vm-power-route.ts';
import type { PowerAction } from '../../src/subresources/vm-power-route.ts';
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

const getVm = (name: string): Promise<Vm> => client.get<Vm>(virtualMachines, inNs(name));
const getVmi = (name: string): Promise<Vmi> => client.get<Vmi>(virtualMachineInstances, inNs(name));
const change = (name: string, spec: object): Promise<KubeObject> =>
  client.patch(virtualMachines, inNs(name), { type: 'merge', body: { spec } });
const revisionsOf = async (vm: Vm): Promise<string[]> => {
  const { items } = await client.list(controllerRevisions, { namespace: 'default' });
  return items
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === vm.metadata.uid)
    .map(({ metadata }) => metadata.name);
};

async function running(name: string, runStrategy: string): Promise<Vmi> {
  await client.create(virtualMachines, vmOf(name, runStrategy));
  return run(name);
}

async function run(name: string): Promise<Vmi> {
  const vmi = await world.vmiWith(name, 'Scheduling');
  await world.startPod(await world.podOf(vmi));
  await world.vmiWith(name, 'Scheduled');
  await world.report(name, 'Running');
  await world.printable(name, 'Running');
  return getVmi(name);
}

/** What the garbage collector does where there is one: lets go of what an owner leaves behind. */
async function letGo(name: string, uid: string, finalizer: string): Promise<void> {
  const without = async (resource: typeof virtualMachines, key: 'finalizers' | 'ownerReferences') => {
    const { metadata } = await client.get(resource, inNs(name));
    const kept =
      key === 'finalizers'
        ? metadata.finalizers?.filter((entry) => entry !== finalizer)
        : metadata.ownerReferences?.filter((owner) => owner.uid !== uid);
    const body = { metadata: { [key]: kept, resourceVersion: metadata.resourceVersion } };
    await client.patch(resource, inNs(name), { type: 'merge', body });
  };
  if (finalizer === 'orphan') await eventually(() => without(virtualMachineInstances, 'ownerReferences'));
  await eventually(() => without(virtualMachines, 'finalizers'));
}

describe('revisions', () => {
  test('a start is recorded; what changes after it asks for a restart, or is taken note of', async () => {
    const vmi = await running('rev', 'Always');
    const vm = await getVm('rev');
    const first = `revision-start-vm-${vm.metadata.uid}-1`;
    assert.deepEqual(await revisionsOf(vm), [first]);
    assert.equal(vmi.status?.virtualMachineRevisionName, first);
    assert.equal(vmi.metadata.annotations?.['kubevirt.io/vm-generation'], '1');

    await change('rev', { template: { spec: { domain: { memory: { guest: '256Mi' } } } } });
    const outdated = await eventually(async () => {
      const current = await getVm('rev');
      assert.ok(conditionOf(current.status?.conditions, 'RestartRequired'));
      return current;
    });
    const required = conditionOf(outdated.status?.conditions, 'RestartRequired');
    assert.match(required?.message ?? '', /spec\.template\.spec\.domain\.memory\.guest/);
    assert.deepEqual([outdated.status?.observedGeneration, outdated.status?.desiredGeneration], [1, 2]);

    await change('rev', { template: { spec: { domain: { memory: { guest: '128Mi' } } } } });
    await eventually(async () => {
      const current = await getVm('rev');
      assert.equal(conditionOf(current.status?.conditions, 'RestartRequired'), undefined);
      assert.equal(current.status?.observedGeneration, 3);
      assert.equal((await getVmi('rev')).metadata.annotations?.['kubevirt.io/vm-generation'], '3');
    });
    assert.equal((await getVmi('rev')).status?.virtualMachineRevisionName, first);

    const uid = vmi.metadata.uid;
    await world.setStatus(virtualMachines, 'rev', {
      stateChangeRequests: [{ action: 'Stop', uid }, { action: 'Start' }],
    });
    await world.confirmPodDeletion(vmi);
    const next = await world.vmiWith('rev', 'Scheduling', uid);
    const second = `revision-start-vm-${vm.metadata.uid}-3`;
    assert.equal(next.status?.virtualMachineRevisionName, second);
    await eventually(async () => assert.deepEqual(await revisionsOf(vm), [second]));
    await client.delete(virtualMachines, inNs('rev'));
    await world.confirmPodDeletion(next);
    await world.gone(virtualMachines, inNs('rev'));
  });
});

describe('owners', () => {
  test('a VM that is deleted alone leaves its instance, which the next VM of its name adopts', async () => {
    const vmi = await running('orphan', 'Always');
    const { metadata } = await getVm('orphan');
    await client.delete(virtualMachines, inNs('orphan'), { propagationPolicy: 'Orphan' });
    await letGo('orphan', metadata.uid, 'orphan');
    await world.gone(virtualMachines, inNs('orphan'));
    assert.equal((await getVmi('orphan')).status?.phase, 'Running');

    await client.create(virtualMachines, vmOf('orphan', 'Always'));
    await world.printable('orphan', 'Running');
    const vm = await getVm('orphan');
    const adopted = await getVmi('orphan');
    assert.equal(adopted.metadata.uid, vmi.metadata.uid);
    assert.deepEqual(
      adopted.metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
      [[vm.metadata.uid, true]],
    );
    await client.delete(virtualMachines, inNs('orphan'));
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachines, inNs('orphan'));
    await world.gone(virtualMachineInstances, inNs('orphan'));
  });

  test('a VM that is deleted in the foreground goes after its instance', async () => {
    const vmi = await running('front', 'Always');
    const { metadata } = await getVm('front');
    await client.delete(virtualMachines, inNs('front'), { propagationPolicy: 'Foreground' });
    await eventually(async () => assert.ok((await getVmi('front')).metadata.deletionTimestamp));
    await world.printable('front', 'Terminating');
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachineInstances, inNs('front'));
    await letGo('front', metadata.uid, 'foregroundDeletion');
    await world.gone(virtualMachines, inNs('front'));
  });

  for (const row of [
    { runStrategy: 'Always', comesBack: true },
    { runStrategy: 'Once', comesBack: true },
    { runStrategy: 'RerunOnFailure', comesBack: false },
    { runStrategy: 'Manual', comesBack: false },
  ]) {
    const name = `byhand-${row.runStrategy.toLowerCase()}`;
    const end = row.comesBack ? 'comes back' : 'stays away';
    test(`an instance that is deleted by hand ${end} under ${row.runStrategy}`, async () => {
      await client.create(virtualMachines, vmOf(name, row.runStrategy));
      if (row.runStrategy === 'Manual') {
        await world.printable(name, 'Stopped');
        await world.setStatus(virtualMachines, name, { stateChangeRequests: [{ action: 'Start' }] });
      }
      const vmi = await run(name);
      await client.delete(virtualMachineInstances, inNs(name));
      await world.confirmPodDeletion(vmi);
      const next = row.comesBack ? await world.vmiWith(name, 'Scheduling', vmi.metadata.uid) : undefined;
      if (next === undefined) await world.printable(name, 'Stopped');
      await client.delete(virtualMachines, inNs(name));
      if (next !== undefined) await world.confirmPodDeletion(next);
      await world.gone(virtualMachines, inNs(name));
    });
  }
});

describe('a pod that does not get as far as its containers', () => {
  test('its VM says why, and no longer when it has', async () => {
    await client.create(virtualMachines, vmOf('stuck', 'Always'));
    const vmi = await world.vmiWith('stuck', 'Scheduling');
    const pod = await world.podOf(vmi);
    await world.bindPod(pod);
    const longAgo = new Date(Date.now() - 60_000).toISOString();
    await world.setStatus(pods, pod.metadata.name, {
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: longAgo },
        { type: 'PodReadyToStartContainers', status: 'False' },
      ],
    });
    for (const [suffix, fieldPath] of [
      ['mount', undefined],
      ['probe', 'spec.containers{compute}'],
    ]) {
      await client.create(events, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `stuck.${suffix}`, namespace: 'default' },
        type: 'Warning',
        reason: fieldPath === undefined ? 'FailedMount' : 'FailedCreatePodSandBox',
        message: 'MountVolume.SetUp failed for volume "c" : secret "cloud-init" not found',
        lastTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: 'default',
          name: pod.metadata.name,
          uid: pod.metadata.uid,
          ...(fieldPath === undefined ? {} : { fieldPath }),
        },
      });
    }
    await eventually(async () => {
      const condition = conditionOf((await getVm('stuck')).status?.conditions, 'Synchronized');
      assert.equal(condition?.reason, 'FailedMount');
      assert.match(condition?.message ?? '', /create the Secret.*secret "cloud-init" not found/);
    });
    await world.setStatus(pods, pod.metadata.name, {
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: longAgo },
        { type: 'PodReadyToStartContainers', status: 'True' },
      ],
    });
    await eventually(async () => {
      const { status } = await getVm('stuck');
      assert.equal(conditionOf(status?.conditions, 'Synchronized'), undefined);
    });
    await client.delete(virtualMachines, inNs('stuck'));
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachines, inNs('stuck'));
  });
});

describe('start, stop and restart', () => {
  const put = (name: string, action: PowerAction, body: object = {}, using: KubeClient = client) =>
    changePower(using, action, {
      method: 'PUT',
      path: '/',
      params: { namespace: 'default', name },
      query: new URLSearchParams(),
      headers: {},
      headersDistinct: {},
      body: () => Promise.resolve(Buffer.from(JSON.stringify(body))),
      clientName: undefined,
      signal: AbortSignal.timeout(10_000),
    });
  const refused = (status: number) => (error: unknown) =>
    error instanceof HttpError && error.status === status;

  test('of a manual VM, from one state to the next', async () => {
    await client.create(virtualMachines, vmOf('power', 'Manual'));
    await world.printable('power', 'Stopped');
    const startFailure = { consecutiveFailCount: 3, retryAfterTimestamp: '2026-01-01T00:00:00Z' };
    await world.setStatus(virtualMachines, 'power', { startFailure });
    await assert.rejects(put('power', 'stop'), refused(409));
    await put('power', 'start', { dryRun: ['All'] });
    assert.equal((await getVm('power')).status?.stateChangeRequests, undefined);
    await put('power', 'start');
    const vmi = await run('power');
    assert.equal((await getVm('power')).status?.startFailure, undefined);
    await assert.rejects(put('power', 'start'), refused(409));

    await put('power', 'restart', { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const { spec, metadata } = await getVmi('power');
      assert.equal(spec.terminationGracePeriodSeconds, 1);
      assert.ok(metadata.deletionTimestamp);
    });
    await assert.rejects(put('power', 'restart'), refused(500));
    await world.confirmPodDeletion(vmi);
    const next = await world.vmiWith('power', 'Scheduling', vmi.metadata.uid);
    assert.notEqual(next.spec.terminationGracePeriodSeconds, 1);
    // A pod without a node would be gone at once.
    await world.bindPod(await world.podOf(next));
    await world.printable('power', 'Starting');
    await put('power', 'stop', { gracePeriod: 7 });
    await eventually(async () => assert.ok((await getVmi('power')).metadata.deletionTimestamp));
    assert.equal((await getVmi('power')).spec.terminationGracePeriodSeconds, 7);
    await world.confirmPodDeletion(next);
    await world.printable('power', 'Stopped');
    await client.delete(virtualMachines, inNs('power'));
    await world.gone(virtualMachines, inNs('power'));
  });

  test('of a VM that changes meanwhile: decided again on what it is then', async () => {
    await client.create(virtualMachines, vmOf('race', 'Halted'));
    const older = await getVm('race');
    await world.printable('race', 'Stopped');
    let reads = 0;
    const behind: KubeClient = {
      ...client,
      get: (resource, key, signal) => {
        reads += resource === virtualMachines ? 1 : 0;
        const stale = resource === virtualMachines && reads === 1;
        return stale ? Promise.resolve(older as never) : client.get(resource, key, signal);
      },
    };
    await put('race', 'start', { paused: true }, behind);
    assert.equal(reads, 2);
    const vmi = await world.vmiWith('race', 'Scheduling');
    assert.equal(vmi.spec.startStrategy, 'Paused');
    assert.equal((await getVm('race')).spec.runStrategy, 'Always');
    await client.delete(virtualMachines, inNs('race'));
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachines, inNs('race'));
  });
});
