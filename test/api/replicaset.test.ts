/** Replica sets, and kinds that nothing acts on, with the controller and its own RBAC on a real API server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  apiVersionOf,
  events,
  replicaSets,
  snapshots,
  virtualMachineInstances,
} from '../../src/api/kinds.ts';
import type { KubeObject, ReplicaSet, Vmi } from '../../src/api/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { conditionOf } from '../../src/status/conditions.ts';
import { eventually, inNs } from './stand-in.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let client: ApiClient;

before(async () => {
  world = await startWorld();
  client = world.client;
  await eventually(() => Promise.all([replicaSets, snapshots].map((resource) => client.list(resource, {}))));
});

after(() => world.stop());

const labelsOf = (name: string): Record<string, string> => ({ app: name });

const setOf = (name: string, replicas: number): object => ({
  apiVersion: apiVersionOf(replicaSets),
  kind: replicaSets.kind,
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: labelsOf(name) },
    template: {
      metadata: { labels: labelsOf(name) },
      spec: { domain: { memory: { guest: '128Mi' }, devices: {} } },
    },
  },
});

async function members(name: string): Promise<Vmi[]> {
  const { items } = await client.list<Vmi>(virtualMachineInstances, {
    namespace: 'default',
    labelSelector: `app=${name}`,
  });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const haveMembers = (name: string, count: number): Promise<Vmi[]> =>
  eventually(async () => {
    const found = await members(name);
    assert.equal(found.length, count);
    return found;
  });

const shows = (name: string, wanted: Partial<NonNullable<ReplicaSet['status']>>): Promise<void> =>
  eventually(async () => {
    const { status } = await client.get<ReplicaSet>(replicaSets, inNs(name));
    assert.deepEqual({ ...status, ...wanted }, status);
  });

const patch = (name: string, body: Record<string, unknown>): Promise<KubeObject> =>
  client.patch(replicaSets, inNs(name), { type: 'merge', body });

test('a replica set is scaled up and down over its subresource', async () => {
  await client.create(replicaSets, setOf('web', 2));
  const first = await haveMembers('web', 2);
  for (const { metadata } of first) {
    assert.match(metadata.name, /^web/);
    assert.equal(metadata.ownerReferences?.[0]?.kind, replicaSets.kind);
  }
  await shows('web', { replicas: 2, readyReplicas: 0, labelSelector: 'app=web' });
  const scale = { type: 'merge', body: { spec: { replicas: 5 } } } as const;
  await client.patch(replicaSets, inNs('web'), scale, { subresource: 'scale' });
  await haveMembers('web', 5);
  await client.patch(
    replicaSets,
    inNs('web'),
    { ...scale, body: { spec: { replicas: 1 } } },
    { subresource: 'scale' },
  );
  await haveMembers('web', 1);
  await shows('web', { replicas: 1 });
  const { items } = await client.list<KubeObject & { reason?: string; involvedObject?: { kind?: string } }>(
    events,
    { namespace: 'default' },
  );
  const reasons = items
    .filter((each) => each.involvedObject?.kind === replicaSets.kind)
    .map(({ reason }) => reason);
  assert.ok(reasons.includes('SuccessfulCreate') && reasons.includes('SuccessfulDelete'));
});

test('while it is paused it changes nothing', async () => {
  await client.create(replicaSets, setOf('paused', 1));
  await haveMembers('paused', 1);
  await patch('paused', { spec: { paused: true } });
  await eventually(async () => {
    const { status } = await client.get<ReplicaSet>(replicaSets, inNs('paused'));
    assert.equal(conditionOf(status?.conditions, 'ReplicaPaused')?.status, 'True');
  });
  await patch('paused', { spec: { replicas: 3 } });
  await patch('paused', { spec: { paused: false } });
  await haveMembers('paused', 3);
});

test('an instance that ends is replaced, one with other labels is let go', async () => {
  await client.create(replicaSets, setOf('mail', 2));
  const [ending, leaving] = await haveMembers('mail', 2);
  assert.ok(ending && leaving);
  await world.setStatus(virtualMachineInstances, ending.metadata.name, { phase: 'Succeeded' });
  await client.patch(virtualMachineInstances, inNs(leaving.metadata.name), {
    type: 'merge',
    body: { metadata: { labels: { app: 'other' } } },
  });
  await eventually(async () => {
    const now = await members('mail');
    const gone = [ending.metadata.uid, leaving.metadata.uid];
    assert.deepEqual(
      now.map(({ metadata }) => gone.includes(metadata.uid)),
      [false, false],
    );
    const free = await client.get<Vmi>(virtualMachineInstances, inNs(leaving.metadata.name));
    assert.equal(free.metadata.ownerReferences, undefined);
  });
});

test('an instance that is selected and belongs to nobody is adopted', async () => {
  const orphan = await client.create<Vmi>(virtualMachineInstances, {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: { name: 'orphan', namespace: 'default', labels: labelsOf('home') },
    spec: { domain: { memory: { guest: '128Mi' }, devices: {} } },
  });
  await client.create(replicaSets, setOf('home', 1));
  await eventually(async () => {
    const [only, ...others] = await members('home');
    assert.equal(others.length, 0);
    assert.equal(only?.metadata.uid, orphan.metadata.uid);
    assert.equal(only.metadata.ownerReferences?.[0]?.name, 'home');
  });
});

test('what the API server refuses is on the set, until it does not', async () => {
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'full' } };
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
  await client.raw('POST', policies, {
    ...policy,
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['kubevirt.io'],
            apiVersions: ['v1'],
            resources: [virtualMachineInstances.plural],
            operations: ['CREATE'],
          },
        ],
      },
      validations: [{ expression: "object.metadata.labels['app'] != 'full'", message: 'the house is full' }],
    },
  });
  await client.raw('POST', bindings, {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'full', validationActions: ['Deny'] },
  });
  const path = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances?dryRun=All';
  const probe = {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: { name: 'probe', labels: labelsOf('full') },
    spec: { domain: { devices: {} } },
  };
  await eventually(() => assert.rejects(client.raw('POST', path, probe), /the house is full/));
  await client.create(replicaSets, setOf('full', 1));
  await eventually(async () => {
    const { status } = await client.get<ReplicaSet>(replicaSets, inNs('full'));
    const failure = conditionOf(status?.conditions, 'ReplicaFailure');
    assert.equal(failure?.reason, 'FailedCreate');
    assert.match(failure.message ?? '', /the house is full/);
  });
  await client.raw('DELETE', `${bindings}/full`);
  await haveMembers('full', 1);
  await eventually(async () => {
    const { status } = await client.get<ReplicaSet>(replicaSets, inNs('full'));
    assert.equal(conditionOf(status?.conditions, 'ReplicaFailure'), undefined);
  });
});

test('a snapshot says on itself that nothing happens', async () => {
  await client.create(snapshots, {
    apiVersion: apiVersionOf(snapshots),
    kind: snapshots.kind,
    metadata: { name: 'before', namespace: 'default' },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } },
  });
  await eventually(async () => {
    const { status } = await client.get<KubeObject & { status?: Record<string, unknown> }>(
      snapshots,
      inNs('before'),
    );
    assert.equal(status?.['phase'], 'Failed');
    const conditions = status['conditions'] as { type: string }[];
    assert.match(conditionOf(conditions, 'Ready')?.message ?? '', /does not act on a VirtualMachineSnapshot/);
  });
});
