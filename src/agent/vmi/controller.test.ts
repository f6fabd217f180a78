import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Condition, Vmi } from '../../api/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { until } from '../../kube/testing/until.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import { exitCodes } from '../../launcher/exit-codes.ts';
import type { Logger } from '../../support/log.ts';
import { MonovirtError } from '../../support/errors.ts';
import { FakeCluster, endedStatus, podOf, vmiOf } from '../testing/cluster.ts';
import { FakeLauncher, fakeLaunchers } from '../testing/fake-launcher.ts';
import { VmiController } from './controller.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const key = { namespace: 'ns', name: 'vm' };
const gate = 'kubevirt.io/virtual-machine-unpaused';
const scheduling = vmiOf({ status: { phase: 'Scheduling', activePods: { 'pod-uid': 'node' } } });

let directory: string;
let cluster: FakeCluster;
let launcher: FakeLauncher;
let prepared: string[];
let prepareFailure: MonovirtError | undefined;
let stop: AbortController;
let running: Promise<void>;
let controller: VmiController;

function startAgent(): void {
  stop = new AbortController();
  const queue = createWorkQueue({ name: 'test' });
  controller = new VmiController({
    node: 'node',
    client: cluster.client as KubeClient,
    caches: { vmis: cluster.vmis, pods: cluster.pods },
    queue,
    recorder: cluster.recorder,
    launchers: fakeLaunchers(
      (podUid) => join(directory, `${podUid}.sock`),
      async (podUid) => {
        prepared.push(podUid);
        if (prepareFailure !== undefined) throw prepareFailure;
        return [];
      },
    ),
    logger: silent,
    now: () => new Date('2026-01-02T03:04:05Z'),
  });
  running = controller.run(stop.signal);
  for (const vmi of cluster.vmis.all()) cluster.vmis.put(vmi);
  for (const pod of cluster.pods.all()) cluster.pods.put(pod);
}

async function stopAgent(): Promise<void> {
  stop.abort();
  await running;
}

const status = () => cluster.vmis.get(key)?.status;
const podCondition = () =>
  cluster.pods
    .get({ namespace: 'ns', name: podOf().metadata.name })
    ?.status?.conditions?.find(({ type }) => type === gate)?.status;
const condition = (type: string) =>
  ((status()?.conditions ?? []) as Condition[]).find((entry) => entry.type === type);
const methods = () => launcher.calls.map(({ method }) => method);

const sized = (storage: string): Vmi => {
  const vmi = cluster.vmis.get(key)!;
  const claim = { name: 'data', target: 'vda', persistentVolumeClaimInfo: { capacity: { storage } } };
  return { ...vmi, status: { ...vmi.status, volumeStatus: [claim] } };
};

async function startGuest(): Promise<void> {
  cluster.pods.put(podOf());
  cluster.vmis.put(vmiOf());
  await launcher.listen();
  await until(() => status()?.phase === 'Running', 'phase Running');
}

describe('a VMI on this node', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    cluster = new FakeCluster();
    launcher = new FakeLauncher(join(directory, 'pod-uid.sock'), 'vmi-uid');
    prepared = [];
    prepareFailure = undefined;
    startAgent();
  });

  afterEach(async () => {
    await stopAgent();
    await launcher.close();
    await rm(directory, { recursive: true });
  });

  test('is started before it is Scheduled and Running with the next write', async () => {
    cluster.pods.put(podOf({ status: { phase: 'Pending' } }));
    cluster.vmis.put(scheduling);
    await launcher.listen();
    await until(() => methods().includes('sync'), 'sync');
    assert.deepEqual(prepared, ['pod-uid']);
    await until(() => podCondition() === 'True', 'readiness gate open');
    assert.equal(status()?.phase, 'Scheduling');
    cluster.vmis.put(vmiOf());
    await until(() => status()?.phase === 'Running', 'phase Running');
    assert.deepEqual(cluster.writes.toSorted(), [
      'apply pods/status',
      'patch virtualmachineinstances/status',
    ]);
    assert.deepEqual(cluster.events, [
      'Created VirtualMachineInstance defined.',
      'Started VirtualMachineInstance started.',
    ]);
  });

  test('is not given to a pod that only claims to be its own', async () => {
    cluster.pods.put(podOf());
    cluster.vmis.put(vmiOf({ status: { phase: 'Scheduling', activePods: { 'other-pod': 'node' } } }));
    await launcher.listen();
    await until(() => launcher.openings.includes('control'), 'connection');
    assert.deepEqual(prepared, []);
    assert.equal(controller.find(key), undefined, 'nobody is led to it');
    cluster.vmis.put(scheduling);
    await until(() => methods().includes('sync'), 'sync');
    assert.equal(prepared.length, 1);
    assert.ok(controller.find(key));
  });

  test('is paused and resumed with its pod', async () => {
    await startGuest();
    await controller.find(key)?.session.request('pause', {});
    await until(() => condition('Paused')?.status === 'True' && podCondition() === 'False', 'paused');
    await controller.find(key)?.session.request('unpause', {});
    await until(() => condition('Paused') === undefined && podCondition() === 'True', 'resumed');
  });

  test('has its launcher told when a claim has grown, once, and again on a new connection', async () => {
    const told = () =>
      launcher.calls
        .filter(({ method }) => method === 'sync')
        .map(
          ({ params }) =>
            (params['vmi'] as Vmi).status?.volumeStatus?.[0]?.persistentVolumeClaimInfo?.capacity,
        );
    await startGuest();
    cluster.vmis.put(sized('1Gi'));
    await until(() => told().length === 2, 'told');
    cluster.vmis.put(sized('1Gi'));
    cluster.vmis.put(sized('2Gi'));
    await until(() => told().length === 3, 'told again');
    launcher.disconnect();
    await until(() => told().length === 4, 'told on a new connection');
    assert.deepEqual(told(), [undefined, { storage: '1Gi' }, { storage: '2Gi' }, { storage: '2Gi' }]);
  });

  test('has its launcher told again of a claim that has grown when that failed', async () => {
    await startGuest();
    const refusal = { reason: 'LibvirtConnectionLost', message: 'libvirtd is away' };
    launcher.errors.set('sync', [refusal, refusal]);
    cluster.vmis.put(sized('1Gi'));
    await until(() => methods().filter((method) => method === 'sync').length === 4, 'told until it is heard');
    assert.deepEqual(launcher.openings, ['control'], 'on the same connection');
  });

  test('is shut down when it is deleted', async () => {
    await startGuest();
    const vmi = cluster.vmis.get(key)!;
    cluster.vmis.put({ ...vmi, metadata: { ...vmi.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' } });
    await until(() => methods().includes('shutdown'), 'shutdown');
    assert.deepEqual(launcher.calls.at(-1)?.params, { gracePeriodSeconds: 30 });
    launcher.become('shutoff', { reason: 'shutdown' });
    await until(() => status()?.phase === 'Succeeded', 'phase Succeeded');
    assert.deepEqual(cluster.events.slice(2), [
      'ShuttingDown Signaled Graceful Shutdown',
      'Stopped The VirtualMachineInstance was shut down.',
      'Deleted Signaled Deletion',
    ]);
    assert.equal(methods().filter((method) => method === 'shutdown').length, 1);
  });

  test('is asked again when its grace period is shortened', async () => {
    await startGuest();
    const vmi = cluster.vmis.get(key)!;
    const metadata = { ...vmi.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' };
    cluster.vmis.put({ ...vmi, metadata });
    await until(() => methods().includes('shutdown'), 'shutdown');
    cluster.vmis.put({ ...vmi, metadata, spec: { ...vmi.spec, terminationGracePeriodSeconds: 0 } });
    await until(() => methods().filter((method) => method === 'shutdown').length === 2, 'second shutdown');
    assert.deepEqual(launcher.calls.at(-1)?.params, { gracePeriodSeconds: 0 });
  });

  test('is not seen through a pod that a user gave its owner', async () => {
    await startGuest();
    const forged = podOf();
    forged.metadata = { ...forged.metadata, name: 'aaa', uid: 'forged-uid' };
    cluster.pods.remove({ namespace: 'ns', name: podOf().metadata.name });
    cluster.pods.put(forged);
    cluster.pods.put(podOf());
    await until(() => controller.find(key) !== undefined, 'the VMI has its session');
    assert.equal(controller.find(key)?.session.target.podUid, 'pod-uid');
  });

  test('fails when its guest crashes', async () => {
    await startGuest();
    launcher.become('shutoff', { reason: 'crashed' });
    await until(() => status()?.phase === 'Failed', 'phase Failed');
    assert.equal(status()?.reason, 'GuestCrashed');
  });

  test('says why its network could not be made, and starts once it can', async () => {
    prepareFailure = new MonovirtError('NetworkSetupFailed', 'no nft');
    cluster.pods.put(podOf());
    cluster.vmis.put(vmiOf());
    await launcher.listen();
    await until(() => condition('Synchronized')?.status === 'False', 'Synchronized False');
    assert.equal(condition('Synchronized')?.message, 'NetworkSetupFailed: no nft');
    assert.deepEqual(cluster.events, ['SyncFailed NetworkSetupFailed: no nft']);
    prepareFailure = undefined;
    await until(() => status()?.phase === 'Running', 'phase Running');
    assert.equal(condition('Synchronized'), undefined);
  });

  test('fails with the reason of a launcher that could not start it', async () => {
    launcher.errors.set('sync', [{ reason: 'StartFailed', message: 'no such disk' }]);
    cluster.pods.put(podOf());
    cluster.vmis.put(vmiOf());
    await launcher.listen();
    await until(() => condition('Synchronized')?.message === 'StartFailed: no such disk', 'condition');
    await launcher.close();
    cluster.pods.put(podOf({ status: endedStatus(exitCodes.startFailed, 'Error') }));
    await until(() => status()?.phase === 'Failed', 'phase Failed');
    assert.equal(status()?.reason, 'StartFailed');
  });

  test('is left alone by an agent that restarts', async () => {
    await startGuest();
    await stopAgent();
    cluster.writes.length = 0;
    startAgent();
    await until(() => controller.find(key)?.session.view.connected === true, 'connection');
    launcher.become('paused', { reason: 'user' });
    await until(() => condition('Paused')?.status === 'True', 'the new agent writes status');
    assert.deepEqual(methods(), ['sync']);
    assert.deepEqual(prepared, ['pod-uid']);
    assert.equal(cluster.writes.filter((write) => write.startsWith('patch')).length, 1);
  });

  test('is followed again after its connection broke', async () => {
    await startGuest();
    const before = controller.find(key)?.session;
    launcher.disconnect();
    await until(() => before?.view.connected === false, 'disconnected');
    await until(() => before?.view.connected === true, 'connected again');
    launcher.become('shutoff', { reason: 'shutdown' });
    await until(() => status()?.phase === 'Succeeded', 'phase Succeeded');
    assert.deepEqual(methods(), ['sync']);
  });

  test('whose launcher changes its state all the time is heard now and then, to the last word', async () => {
    await startGuest();
    cluster.writes.length = 0;
    for (let flip = 0; flip < 400; flip += 1) {
      launcher.become(flip % 2 === 0 ? 'paused' : 'running', { reason: 'user' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    launcher.become('paused', { reason: 'ioError' });
    await until(() => condition('Paused')?.reason === 'PausedIOError', 'the last word');
    const statuses = cluster.writes.filter((write) => write.startsWith('patch'));
    assert.ok(statuses.length <= 40, `${statuses.length} writes for 400 changes`);
  });

  test('that ended while no agent ran is closed by exit code', async () => {
    await stopAgent();
    cluster.vmis.put(
      vmiOf({ status: { phase: 'Running', nodeName: 'node', activePods: { 'pod-uid': 'node' } } }),
    );
    cluster.pods.put(podOf({ status: endedStatus(exitCodes.guestPanicked, 'Error') }));
    startAgent();
    await until(() => status()?.phase === 'Failed', 'phase Failed');
    assert.equal(status()?.reason, 'GuestPanicked');
  });

  test('refuses a launcher of another VMI', async () => {
    await launcher.close();
    launcher = new FakeLauncher(join(directory, 'pod-uid.sock'), 'other-vmi');
    cluster.pods.put(podOf());
    cluster.vmis.put(vmiOf());
    await launcher.listen();
    await until(() => launcher.openings.length >= 2, 'two attempts to connect');
    assert.equal(controller.find(key)?.session.view.connected, false);
    assert.deepEqual(methods(), []);
    await until(() => condition('Synchronized')?.status === 'False', 'condition');
    assert.match(condition('Synchronized')?.message ?? '', /^ForeignLauncher: /);
  });
});
