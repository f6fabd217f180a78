/** The controller as it is installed, with its own RBAC, on a real API server: no node, no kubelet. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
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
import type { Resource } from '../../src/api/kinds.ts';
import type { KubeObject, KubeVirt, Pod, Vm, Vmi } from '../../src/api/types.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { isNotFound } from '../../src/kube/types.ts';
import type { Key } from '../../src/kube/types.ts';
import { run } from '../../src/roles/controller.ts';
import { concernsVms, difference, requestCounts } from '../bench/requests.ts';
import type { RequestCounts } from '../bench/requests.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const account = 'system:serviceaccount:kubevirt:kubevirt-controller';
const accountGroups = ['system:serviceaccounts', 'system:serviceaccounts:kubevirt', 'system:authenticated'];

let server: ApiServer;
let client: ApiClient;
let controller: Promise<number>;
const stop = new AbortController();

before(async () => {
  server = await startApiServer();
  client = server.client();
  const apply = [
    '--kubeconfig',
    server.kubeconfig,
    'apply',
    '--server-side',
    '-k',
    join(root, 'config/default'),
  ];
  await execute(kubernetesProgram('kubectl'), apply);
  process.env.KUBECONFIG = await kubeconfigOf(server, account);
  for (const resource of [kubeVirts, virtualMachines, virtualMachineInstances]) {
    await eventually(() => client.list(resource, {}));
  }
  controller = run(
    ['--port', '0', '--image', 'registry.example/monovirt:1', '--log-level', 'error'],
    stop.signal,
  );
});

after(async () => {
  stop.abort();
  await controller;
  await server.stop();
});

async function kubeconfigOf(api: ApiServer, user: string): Promise<string> {
  const config = await api.configOf(user, accountGroups);
  const { ca = '', cert = '', key = '' } = await config.tls();
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const path = join(api.directory, 'controller.kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'u', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(path, stringify(content));
  return path;
}

/** Tries until it holds; the last failure is the test's. */
async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const gone = (resource: Resource, key: Key): Promise<void> =>
  eventually(() => assert.rejects(client.get(resource, key), isNotFound));

const inNs = (name: string): Key => ({ namespace: 'default', name });
const vmOf = (name: string, runStrategy: string, change: Record<string, unknown> = {}): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: {
    runStrategy,
    template: { spec: { domain: { memory: { guest: '128Mi' }, devices: {} }, ...change } },
  },
});
const printable = (name: string, want: string): Promise<Vm> =>
  eventually(async () => {
    const vm = await client.get<Vm>(virtualMachines, inNs(name));
    assert.equal(vm.status?.printableStatus, want);
    return vm;
  });
const podOf = (vmi: Vmi): Promise<Pod> =>
  eventually(async () => {
    const { items } = await client.list<Pod>(pods, {
      namespace: 'default',
      labelSelector: `kubevirt.io/created-by=${vmi.metadata.uid}`,
    });
    assert.equal(items.length, 1);
    return items[0]!;
  });
const vmiWith = (name: string, phase: string | undefined, not?: string): Promise<Vmi> =>
  eventually(async () => {
    const vmi = await client.get<Vmi>(virtualMachineInstances, inNs(name));
    assert.equal(vmi.status?.phase, phase);
    assert.notEqual(vmi.metadata.uid, not);
    return vmi;
  });
const status = (resource: Resource, name: string, body: object): Promise<KubeObject> =>
  client.patch(resource, inNs(name), { type: 'merge', body: { status: body } }, { subresource: 'status' });

/** What scheduler and kubelet do to a pod. */
async function startPod(pod: Pod): Promise<void> {
  const { name } = pod.metadata;
  await client.raw('POST', `/api/v1/namespaces/default/pods/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { apiVersion: 'v1', kind: 'Node', name: 'node1' },
  });
  const containerStatuses = pod.spec?.containers.map((container) => ({
    name: container.name,
    image: container.image,
    imageID: 'x',
    ready: true,
    restartCount: 0,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  }));
  const conditions = [{ type: 'Ready', status: 'True' }];
  await status(pods, name, { phase: 'Running', containerStatuses, conditions });
}

/** What the node agent does when a guest runs or ends. */
async function report(name: string, phase: string): Promise<void> {
  const { status: current } = await client.get<Vmi>(virtualMachineInstances, inNs(name));
  const entry = { phase, phaseTransitionTimestamp: '2026-01-01T00:00:00Z' };
  const phaseTransitionTimestamps = [...(current?.phaseTransitionTimestamps ?? []), entry];
  await status(virtualMachineInstances, name, { phase, phaseTransitionTimestamps });
}

describe('the life of a VM', () => {
  before(async () => {
    await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } });
  });

  test('start, run, crash, start again at once, stop, delete', async () => {
    await client.create(virtualMachines, vmOf('life', 'Always'));
    const vmi = await vmiWith('life', 'Scheduling');
    assert.equal(vmi.metadata.ownerReferences?.[0]?.kind, 'VirtualMachine');
    await printable('life', 'Starting');
    await startPod(await podOf(vmi));
    const scheduled = await vmiWith('life', 'Scheduled');
    assert.equal(scheduled.metadata.labels?.['kubevirt.io/nodeName'], 'node1');
    assert.equal(scheduled.status?.nodeName, 'node1');
    await report('life', 'Running');
    const running = await printable('life', 'Running');
    await eventually(async () => {
      const vm = await client.get<Vm>(virtualMachines, inNs('life'));
      assert.deepEqual([vm.status?.created, vm.status?.ready], [true, true]);
    });
    assert.equal(running.status?.runStrategy, 'Always');

    await report('life', 'Failed');
    // Without a kubelet, the graceful deletion of a pod is ours to confirm.
    await confirmPodDeletion(vmi);
    const next = await vmiWith('life', 'Scheduling', vmi.metadata.uid);
    const again = await printable('life', 'Starting');
    assert.equal(again.status?.startFailure, undefined);

    const halt = { spec: { runStrategy: 'Halted' } };
    await client.patch(virtualMachines, inNs('life'), { type: 'merge', body: halt });
    await confirmPodDeletion(next);
    await gone(virtualMachineInstances, inNs('life'));
    await printable('life', 'Stopped');
    await client.delete(virtualMachines, inNs('life'));
    await gone(virtualMachines, inNs('life'));
  });

  test('a start that fails is counted and backed off', async () => {
    await client.create(virtualMachines, vmOf('loop', 'Always'));
    const vmi = await vmiWith('loop', 'Scheduling');
    const pod = await podOf(vmi);
    await status(pods, pod.metadata.name, {
      phase: 'Failed',
      reason: 'UnexpectedAdmissionError',
      message: 'no',
    });
    await confirmPodDeletion(vmi);
    const vm = await printable('loop', 'CrashLoopBackOff');
    assert.equal(vm.status?.startFailure?.consecutiveFailCount, 1);
    assert.equal(vm.status?.startFailure?.lastFailedVMIUID, vmi.metadata.uid);
    await eventually(async () => {
      const { items } = await client.list<KubeObject & { reason?: string }>(events, { namespace: 'default' });
      assert.ok(items.some(({ reason }) => reason === 'UnexpectedAdmissionError'));
    });
    await client.delete(virtualMachines, inNs('loop'));
    await gone(virtualMachines, inNs('loop'));
  });

  test('Manual starts and stops by request alone', async () => {
    await client.create(virtualMachines, vmOf('manual', 'Manual'));
    await printable('manual', 'Stopped');
    await status(virtualMachines, 'manual', { stateChangeRequests: [{ action: 'Start' }] });
    const vmi = await vmiWith('manual', 'Scheduling');
    const started = await printable('manual', 'Starting');
    assert.equal(started.status?.stateChangeRequests, undefined);
    const uid = vmi.metadata.uid;
    await status(virtualMachines, 'manual', { stateChangeRequests: [{ action: 'Stop', uid }] });
    await confirmPodDeletion(vmi);
    await gone(virtualMachineInstances, inNs('manual'));
    await printable('manual', 'Stopped');
    await client.delete(virtualMachines, inNs('manual'));
    await gone(virtualMachines, inNs('manual'));
  });

  test('a pod that the API server refuses is a condition that names the cause', async () => {
    await client.create(virtualMachines, vmOf('refused', 'Always', { priorityClassName: 'no-such-class' }));
    const vmi = await vmiWith('refused', 'Pending');
    const condition = conditionOf(vmi.status?.conditions, 'Synchronized');
    assert.equal(condition?.reason, 'FailedCreate');
    assert.match(condition?.message ?? '', /no-such-class/);
    await client.delete(virtualMachines, inNs('refused'));
    await gone(virtualMachines, inNs('refused'));
  });

  test('few writes for each VM, create to Ready', async () => {
    const counted = await writes();
    const versions = await countVersions(async () => {
      await client.create(virtualMachines, vmOf('cheap', 'Always'));
      const vmi = await vmiWith('cheap', 'Scheduling');
      await startPod(await podOf(vmi));
      await vmiWith('cheap', 'Scheduled');
      await report('cheap', 'Running');
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
      'POST events': 2,
      'POST pods/binding': 1,
      'PATCH pods/status': 1,
    };
    const asked = difference(counted, await writes());
    for (const [key, count] of asked) assert.ok(count <= (most[key] ?? 0), `${count} × ${key}`);
    const vmi = await vmiWith('cheap', 'Running');
    await client.delete(virtualMachines, inNs('cheap'));
    await confirmPodDeletion(vmi);
    await gone(virtualMachines, inNs('cheap'));
  });
});

/** Writes that the API server has counted. */
async function writes(): Promise<RequestCounts> {
  const counts = requestCounts(await client.raw<string>('GET', '/metrics'));
  return new Map(
    [...counts].filter((entry) => concernsVms(entry) && /^(POST|PATCH|PUT|DELETE)/.test(entry[0])),
  );
}

/** Confirms the deletion of a VMI's pod once somebody has asked for it. */
async function confirmPodDeletion(vmi: Vmi): Promise<void> {
  const selection = { namespace: 'default', labelSelector: `kubevirt.io/created-by=${vmi.metadata.uid}` };
  await eventually(async () => {
    const { items } = await client.list<Pod>(pods, selection);
    for (const pod of items) {
      assert.notEqual(pod.metadata.deletionTimestamp, undefined);
      await client.delete(pods, inNs(pod.metadata.name), { gracePeriodSeconds: 0 });
    }
  });
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
    await gone(kubeVirts, key);
    await gone(mutatingWebhookConfigurations, mutator);
    await gone(apiServices, { name: 'v1.subresources.kubevirt.io' });
    await gone(daemonSets, agent);
  });

  test('when the namespace is deleted under it, the controller takes webhooks and finalizer with it', async () => {
    await client.create(kubeVirts, kubeVirt);
    await eventually(() => client.get(mutatingWebhookConfigurations, mutator));
    // Nothing here empties namespaces: what is gone, the controller removed.
    await client.delete(namespaces, { name: 'kubevirt' });
    stop.abort();
    assert.equal(await controller, 0);
    await gone(mutatingWebhookConfigurations, mutator);
    await gone(apiServices, { name: 'v1.subresources.kubevirt.io' });
    const { metadata } = await client.get<KubeVirt>(kubeVirts, key);
    assert.deepEqual(metadata.finalizers ?? [], []);
  });
});
