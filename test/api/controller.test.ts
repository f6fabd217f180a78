/** The controller as it is installed, with its own RBAC, on a real API server: no node, no kubelet. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  apiServices,
  configMaps,
  daemonSets,
  events,
  kubeVirts,
  mutatingWebhookConfigurations,
  namespaces,
  nodes,
  pods,
  secrets,
  validatingWebhookConfigurations,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { KubeObject, KubeVirt, Vm } from '../../src/api/types.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { concernsVms, difference, requestCounts } from '../bench/requests.ts';
import type { RequestCounts } from '../bench/requests.ts';
import { eventually, inNs, vmOf } from './stand-in.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let client: ApiClient;

before(async () => {
  world = await startWorld();
  ({ client } = world);
});

after(() => world.stop());

describe('the life of a VM', () => {
  before(async () => {
    await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } });
  });

  test('start, run, crash, start again at once, stop, delete', async () => {
    await client.create(virtualMachines, vmOf('life', 'Always'));
    const vmi = await world.vmiWith('life', 'Scheduling');
    assert.equal(vmi.metadata.ownerReferences?.[0]?.kind, 'VirtualMachine');
    await world.printable('life', 'Starting');
    await world.startPod(await world.podOf(vmi));
    const scheduled = await world.vmiWith('life', 'Scheduled');
    assert.equal(scheduled.metadata.labels?.['kubevirt.io/nodeName'], 'node1');
    assert.equal(scheduled.status?.nodeName, 'node1');
    await world.report('life', 'Running');
    const running = await world.printable('life', 'Running');
    await eventually(async () => {
      const vm = await client.get<Vm>(virtualMachines, inNs('life'));
      assert.deepEqual([vm.status?.created, vm.status?.ready], [true, true]);
    });
    assert.equal(running.status?.runStrategy, 'Always');

    await world.report('life', 'Failed');
    // Without a kubelet, the graceful deletion of a pod is ours to confirm.
    await world.confirmPodDeletion(vmi);
    const next = await world.vmiWith('life', 'Scheduling', vmi.metadata.uid);
    const again = await world.printable('life', 'Starting');
    assert.equal(again.status?.startFailure, undefined);

    const halt = { spec: { runStrategy: 'Halted' } };
    await client.patch(virtualMachines, inNs('life'), { type: 'merge', body: halt });
    await world.confirmPodDeletion(next);
    await world.gone(virtualMachineInstances, inNs('life'));
    await world.printable('life', 'Stopped');
    await client.delete(virtualMachines, inNs('life'));
    await world.gone(virtualMachines, inNs('life'));
  });

  test('a start that fails is counted and backed off', async () => {
    await client.create(virtualMachines, vmOf('loop', 'Always'));
    const vmi = await world.vmiWith('loop', 'Scheduling');
    const pod = await world.podOf(vmi);
    await world.setStatus(pods, pod.metadata.name, {
      phase: 'Failed',
      reason: 'UnexpectedAdmissionError',
      message: 'no',
    });
    await world.confirmPodDeletion(vmi);
    const vm = await world.printable('loop', 'CrashLoopBackOff');
    assert.equal(vm.status?.startFailure?.consecutiveFailCount, 1);
    assert.equal(vm.status?.startFailure?.lastFailedVMIUID, vmi.metadata.uid);
    await eventually(async () => {
      const { items } = await client.list<KubeObject & { reason?: string }>(events, { namespace: 'default' });
      assert.ok(items.some(({ reason }) => reason === 'UnexpectedAdmissionError'));
    });
    await client.delete(virtualMachines, inNs('loop'));
    await world.gone(virtualMachines, inNs('loop'));
  });

  test('Manual starts and stops by request alone', async () => {
    await client.create(virtualMachines, vmOf('manual', 'Manual'));
    await world.printable('manual', 'Stopped');
    await world.setStatus(virtualMachines, 'manual', { stateChangeRequests: [{ action: 'Start' }] });
    const vmi = await world.vmiWith('manual', 'Scheduling');
    const started = await world.printable('manual', 'Starting');
    assert.equal(started.status?.stateChangeRequests, undefined);
    const uid = vmi.metadata.uid;
    await world.setStatus(virtualMachines, 'manual', { stateChangeRequests: [{ action: 'Stop', uid }] });
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachineInstances, inNs('manual'));
    await world.printable('manual', 'Stopped');
    await client.delete(virtualMachines, inNs('manual'));
    await world.gone(virtualMachines, inNs('manual'));
  });

  test('a pod that the API server refuses is a condition that names the cause', async () => {
    await client.create(virtualMachines, vmOf('refused', 'Always', { priorityClassName: 'no-such-class' }));
    const vmi = await world.vmiWith('refused', 'Pending');
    const condition = conditionOf(vmi.status?.conditions, 'Synchronized');
    assert.equal(condition?.reason, 'FailedCreate');
    assert.match(condition?.message ?? '', /no-such-class/);
    await client.delete(virtualMachines, inNs('refused'));
    await world.gone(virtualMachines, inNs('refused'));
  });

  test('few writes for each VM, create to Ready', async () => {
    const counted = await writes();
    const versions = await countVersions(async () => {
      await client.create(virtualMachines, vmOf('cheap', 'Always'));
      const vmi = await world.vmiWith('cheap', 'Scheduling');
      await world.startPod(await world.podOf(vmi));
      await world.vmiWith('cheap', 'Scheduled');
      await world.report('cheap', 'Running');
      await eventually(async () => {
        const vm = await client.get<Vm>(virtualMachines, inNs('cheap'));
        assert.equal(vm.status?.ready, true);
      });
    });
    // Of these the test makes: VM 1, VMI 1 (report), pod 2 (binding, status).
    const { virtualmachines = 0, virtualmachineinstances = 0, pods: podVersions = 0 } = versions;
    assert.ok(virtualmachines >= 3 && virtualmachines <= 5, `${virtualmachines} versions of the VM`);
    assert.ok(
      virtualmachineinstances >= 4 && virtualmachineinstances <= 6,
      `${virtualmachineinstances} of the VMI`,
    );
    assert.equal(podVersions, 3);
    assert.equal(versions.events, 2);
    // Requests, because a write that changes nothing leaves no version behind. One status more each: a conflict
    // with the test's own report.
    const most: Record<string, number> = {
      'POST virtualmachines': 1,
      'PATCH virtualmachines': 1,
      'PATCH virtualmachines/status': 3,
      'POST virtualmachineinstances': 1,
      'PATCH virtualmachineinstances': 1,
      'PATCH virtualmachineinstances/status': 5,
      'POST pods': 1,
      'POST controllerrevisions': 1,
      'POST events': 2,
      'POST pods/binding': 1,
      'PATCH pods/status': 1,
    };
    const asked = difference(counted, await writes());
    for (const [key, count] of asked) assert.ok(count <= (most[key] ?? 0), `${count} × ${key}`);
    const vmi = await world.vmiWith('cheap', 'Running');
    await client.delete(virtualMachines, inNs('cheap'));
    await world.confirmPodDeletion(vmi);
    await world.gone(virtualMachines, inNs('cheap'));
  });
});

/** Writes that the API server has counted. */
async function writes(): Promise<RequestCounts> {
  const counts = requestCounts(await client.raw<string>('GET', '/metrics'));
  return new Map(
    [...counts].filter((entry) => concernsVms(entry) && /^(POST|PATCH|PUT|DELETE)/.test(entry[0])),
  );
}

/** Stored versions of VMs, VMIs and pods while `act` runs: every write makes one, a no-op none. */
async function countVersions(act: () => Promise<void>): Promise<Record<string, number>> {
  const versions: Record<string, number> = {};
  const ended = new AbortController();
  const informers = [virtualMachines, virtualMachineInstances, pods, events].map((resource) => {
    const informer = createInformer(client, resource, { namespace: 'default' });
    return { informer, resource };
  });
  const running = informers.map(({ informer }) => informer.run(ended.signal));
  await Promise.all(informers.map(({ informer }) => informer.synced));
  for (const { informer, resource } of informers) {
    informer.onChange(({ type }) => {
      if (type !== 'deleted') versions[resource.plural] = (versions[resource.plural] ?? 0) + 1;
    });
  }
  await act();
  ended.abort();
  await Promise.all(running);
  return versions;
}

describe('the installation', () => {
  const kubeVirt = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: {},
  };
  const key = { namespace: 'kubevirt', name: 'kubevirt' };
  const agent = { namespace: 'kubevirt', name: 'virt-handler' };
  const mutator = { name: 'virt-api-mutator' };

  test('a KubeVirt object brings everything, and Deployed when the agents are there', async () => {
    await client.create(kubeVirts, kubeVirt);
    const made = await eventually(() => client.get<KubeObject>(daemonSets, agent));
    for (const name of ['v1.subresources.kubevirt.io', 'v1alpha3.subresources.kubevirt.io']) {
      await eventually(() => client.get(apiServices, { name }));
    }
    await eventually(() => client.get(validatingWebhookConfigurations, { name: 'virt-api-validator' }));
    await eventually(() => client.get(mutatingWebhookConfigurations, mutator));
    for (const name of ['kubevirt-ca', 'kubevirt-virt-api-certs', 'kubevirt-virt-handler-server-certs']) {
      await client.get(secrets, { namespace: 'kubevirt', name });
    }
    const phase = async (want: string): Promise<void> => {
      const { status: got } = await client.get<KubeVirt>(kubeVirts, key);
      assert.equal(got?.phase, want);
    };
    await eventually(() => phase('Deploying'));
    const rolledOut = { observedGeneration: made.metadata.generation, desiredNumberScheduled: 1 };
    const counts = { currentNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1 };
    const body = { status: { ...rolledOut, ...counts, updatedNumberScheduled: 1, numberAvailable: 1 } };
    await client.patch(daemonSets, agent, { type: 'merge', body }, { subresource: 'status' });
    await eventually(() => phase('Deployed'));
    const { status: got } = await client.get<KubeVirt>(kubeVirts, key);
    assert.equal(conditionOf(got?.conditions, 'Available')?.status, 'True');
  });

  test('what is changed or deleted comes back', async () => {
    const replicas = { type: 'merge' as const, body: { spec: { template: { spec: { hostPID: false } } } } };
    await client.patch(daemonSets, agent, replicas);
    await client.delete(mutatingWebhookConfigurations, mutator);
    await client.delete(secrets, { namespace: 'kubevirt', name: 'kubevirt-virt-api-certs' });
    await eventually(async () => {
      const live = await client.get<KubeObject & { spec: { template: { spec: { hostPID?: boolean } } } }>(
        daemonSets,
        agent,
      );
      assert.equal(live.spec.template.spec.hostPID, true);
      await client.get(mutatingWebhookConfigurations, mutator);
      await client.get(secrets, { namespace: 'kubevirt', name: 'kubevirt-virt-api-certs' });
    });
  });

  test('when nothing changes, nothing is written', async () => {
    const versions = async (): Promise<string[]> => {
      const found = await Promise.all([
        client.get(daemonSets, agent),
        client.get(mutatingWebhookConfigurations, mutator),
        client.get(kubeVirts, key),
      ]);
      return found.map(({ metadata }) => metadata.resourceVersion);
    };
    const earlier = await versions();
    // Any change of our namespace makes the controller look at everything again.
    const body = { metadata: { annotations: { touched: 'yes' } } };
    await client.patch(namespaces, { name: 'kubevirt' }, { type: 'merge', body });
    await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'later', namespace: 'kubevirt' },
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(await versions(), earlier);
  });

  test('deleting the object removes webhooks and everything else', async () => {
    await client.delete(kubeVirts, key);
    await world.gone(kubeVirts, key);
    await world.gone(mutatingWebhookConfigurations, mutator);
    await world.gone(apiServices, { name: 'v1.subresources.kubevirt.io' });
    await world.gone(daemonSets, agent);
  });

  test('when the namespace is deleted under it, the controller takes webhooks and finalizer with it', async () => {
    await client.create(kubeVirts, kubeVirt);
    await eventually(() => client.get(mutatingWebhookConfigurations, mutator));
    // Nothing here empties namespaces: what is gone, the controller removed.
    await client.delete(namespaces, { name: 'kubevirt' });
    assert.equal(await world.stopController(), 0);
    await world.gone(mutatingWebhookConfigurations, mutator);
    await world.gone(apiServices, { name: 'v1.subresources.kubevirt.io' });
    const { metadata } = await client.get<KubeVirt>(kubeVirts, key);
    assert.deepEqual(metadata.finalizers ?? [], []);
  });
});
