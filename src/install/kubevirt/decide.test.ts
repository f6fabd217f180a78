import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSets, mutatingWebhookConfigurations, serviceAccounts } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { KubeObject, KubeVirt } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { covers } from '../covers.ts';
import { clusterRoles } from '../kinds.ts';
import { allObjects } from '../objects/all.ts';
import type { Desired } from '../objects/desired.ts';
import { decideInstall, kubeVirtFinalizer } from './decide.ts';
import type { InstallSnapshot } from './decide.ts';

const now = new Date('2026-01-01T00:00:00Z');
const wanted = (resource: Resource, extra: Record<string, unknown> = {}): Desired => ({
  resource,
  object: {
    apiVersion: 'v1',
    kind: resource.kind,
    metadata: { name: resource.plural, labels: {} },
    ...extra,
  },
});
const stored = (desired: Desired, extra: Record<string, unknown> = {}): KubeObject => ({
  ...desired.object,
  ...extra,
  metadata: {
    ...desired.object.metadata,
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    generation: 2,
  },
});
const account = wanted(serviceAccounts);
const webhook = wanted(mutatingWebhookConfigurations, { webhooks: [{ name: 'a', timeoutSeconds: 10 }] });
const agent = wanted(daemonSets, { spec: { a: 1 } });
const all = [account, agent, webhook];
const rolledOut = {
  status: { observedGeneration: 2, desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
};
const inPlace = [
  { desired: account, live: stored(account) },
  { desired: agent, live: stored(agent, rolledOut) },
  {
    desired: webhook,
    live: stored(webhook, { webhooks: [{ name: 'a', timeoutSeconds: 10, defaulted: true }] }),
  },
];
const nothing = all.map((desired) => ({ desired, live: undefined }));
const without = (desired: Desired): InstallSnapshot['objects'] =>
  inPlace.map((pair) => (pair.desired === desired ? { desired, live: undefined } : pair));
const withLive = (desired: Desired, live: KubeObject): InstallSnapshot['objects'] =>
  inPlace.map((pair) => (pair.desired === desired ? { desired, live } : pair));

function kubeVirt(metadata: Partial<KubeVirt['metadata']> = {}, spec: KubeVirt['spec'] = {}): KubeVirt {
  const base = {
    name: 'kubevirt',
    namespace: 'kubevirt',
    uid: 'k',
    resourceVersion: '1',
    creationTimestamp: '',
  };
  return { metadata: { ...base, generation: 1, finalizers: [kubeVirtFinalizer], ...metadata }, spec };
}
const ending = { deletionTimestamp: 'x' };
const seen = (part: Partial<InstallSnapshot>): InstallSnapshot => ({
  kubeVirt: kubeVirt(),
  objects: inPlace,
  workloads: 0,
  namespaceEnding: false,
  superseded: false,
  versions: { version: 'v1', registry: 'r', deployment: 'd', architecture: 'amd64' },
  ...part,
});
const blocking = { uninstallStrategy: 'BlockUninstallIfWorkloadsExist' };
const kinds = (list: readonly Desired[]): string[] => list.map(({ resource }) => resource.kind);

const rows: {
  name: string;
  seen: InstallSnapshot;
  want: {
    phase: string;
    apply?: string[];
    remove?: string[];
    workloads?: boolean;
    finalizer?: 'add' | 'remove';
  };
}[] = [
  {
    name: 'new',
    seen: seen({ objects: nothing, kubeVirt: kubeVirt({ finalizers: [] }) }),
    want: { phase: 'Deploying', apply: kinds(all), finalizer: 'add' },
  },
  { name: 'all in place', seen: seen({}), want: { phase: 'Deployed' } },
  {
    name: 'agents still rolling out',
    seen: seen({
      objects: withLive(agent, stored(agent, { status: { ...rolledOut.status, numberAvailable: 0 } })),
    }),
    want: { phase: 'Deploying' },
  },
  {
    name: 'DaemonSet not observed yet',
    seen: seen({
      objects: withLive(agent, stored(agent, { status: { ...rolledOut.status, observedGeneration: 1 } })),
    }),
    want: { phase: 'Deploying' },
  },
  {
    name: 'no node wants an agent',
    seen: seen({ objects: withLive(agent, stored(agent, { status: { observedGeneration: 2 } })) }),
    want: { phase: 'Deployed' },
  },
  {
    name: 'one deleted',
    seen: seen({ objects: without(webhook) }),
    want: { phase: 'Deploying', apply: ['MutatingWebhookConfiguration'] },
  },
  {
    name: 'one changed',
    seen: seen({ objects: withLive(agent, stored(agent, { ...rolledOut, spec: { a: 2 } })) }),
    want: { phase: 'Deploying', apply: ['DaemonSet'] },
  },
  {
    name: 'not the one in force',
    seen: seen({ superseded: true, objects: nothing }),
    want: { phase: 'Deploying' },
  },
  {
    name: 'deleted with guests: webhooks and guests go, agents stay',
    seen: seen({ kubeVirt: kubeVirt(ending), workloads: 2 }),
    want: { phase: 'Deleting', remove: ['MutatingWebhookConfiguration'], workloads: true },
  },
  {
    name: 'deleted with guests, blocked: nothing goes',
    seen: seen({ kubeVirt: kubeVirt(ending, blocking), workloads: 2 }),
    want: { phase: 'Deleting' },
  },
  {
    name: 'deleted, no guests: the rest goes',
    seen: seen({ kubeVirt: kubeVirt(ending) }),
    want: { phase: 'Deleting', remove: kinds(all) },
  },
  {
    name: 'deleted, blocked, no guests: the rest goes',
    seen: seen({ kubeVirt: kubeVirt(ending, blocking) }),
    want: { phase: 'Deleting', remove: kinds(all) },
  },
  {
    name: 'deleted, all gone',
    seen: seen({ kubeVirt: kubeVirt(ending), objects: nothing }),
    want: { phase: 'Deleting', finalizer: 'remove' },
  },
  {
    name: 'deleted with its namespace: webhooks go, guests are not waited for',
    seen: seen({ kubeVirt: kubeVirt(ending), namespaceEnding: true, workloads: 2 }),
    want: { phase: 'Deleting', remove: ['MutatingWebhookConfiguration'] },
  },
  {
    name: 'deleted with its namespace, webhooks gone: let go',
    seen: seen({
      kubeVirt: kubeVirt(ending),
      namespaceEnding: true,
      workloads: 2,
      objects: without(webhook),
    }),
    want: { phase: 'Deleting', finalizer: 'remove' },
  },
  {
    name: 'the namespace ends: webhooks go, and stay away',
    seen: seen({ namespaceEnding: true, objects: without(agent) }),
    want: { phase: 'Deleting', remove: ['MutatingWebhookConfiguration'] },
  },
  {
    name: 'deleted, never in force',
    seen: seen({ kubeVirt: kubeVirt(ending), superseded: true }),
    want: { phase: 'Deleting', finalizer: 'remove' },
  },
];
for (const row of rows) {
  test(row.name, () => {
    const plan = decideInstall(row.seen, now);
    const finalizer = plan.addFinalizer ? 'add' : plan.removeFinalizer ? 'remove' : undefined;
    const got = {
      phase: plan.status.phase,
      apply: kinds(plan.apply),
      remove: kinds(plan.remove),
      workloads: plan.deleteWorkloads,
      finalizer,
    };
    assert.deepEqual(got, { apply: [], remove: [], workloads: false, finalizer: undefined, ...row.want });
  });
}

test('conditions say what the phase does', () => {
  const { status } = decideInstall(seen({}), now);
  const states = ['Available', 'Progressing', 'Degraded', 'Created'].map(
    (type) => conditionOf(status.conditions, type)?.status,
  );
  assert.deepEqual(states, ['True', 'False', 'False', 'True']);
  assert.equal(status.observedKubeVirtVersion, 'v1');
  const superseded = decideInstall(seen({ superseded: true }), now);
  assert.equal(conditionOf(superseded.status.conditions, 'Degraded')?.status, 'True');
});

test('a role with a rule too many is put right', () => {
  const role = wanted(clusterRoles, { rules: [{ verbs: ['get'] }] });
  const wider = stored(role, { rules: [{ verbs: ['get'], resources: ['secrets'] }] });
  const plan = decideInstall(seen({ objects: [...inPlace, { desired: role, live: wider }] }), now);
  assert.deepEqual(kinds(plan.apply), ['ClusterRole']);
});

test('what an older release wanted in addition goes, though it looks like an addition of others', () => {
  const installation = {
    namespace: 'kubevirt',
    namespaceUid: 'u',
    image: 'i',
    imagePullPolicy: 'Always',
    imagePullSecrets: [],
    caBundle: 'PEM',
  };
  const desired = allObjects(installation);
  const live = desired.map(({ resource, object }) => ({
    resource,
    object: {
      ...object,
      ...(Array.isArray(object['webhooks']) && { webhooks: [...object['webhooks'], { name: 'old' }] }),
    },
  }));
  const objects = (annotations: Record<string, string> | undefined): InstallSnapshot['objects'] =>
    desired.map((each, index) => {
      const found = stored(live[index] ?? each);
      return {
        desired: each,
        live: { ...found, metadata: { ...found.metadata, ...(annotations && { annotations }) } },
      };
    });
  const stale = decideInstall(seen({ objects: objects({ 'monovirt.io/intent': 'another' }) }), now);
  assert.equal(stale.apply.length, desired.length);
  assert.deepEqual(decideInstall(seen({ objects: objects(undefined) }), now).apply, []);
});

const coverage = [
  { name: 'defaults beside', live: { a: 1, b: 2 }, wanted: { a: 1 }, want: true },
  {
    name: 'nested',
    live: { a: { b: [1, { c: 2, d: 3 }] } },
    wanted: { a: { b: [1, { c: 2 }] } },
    want: true,
  },
  { name: 'longer list', live: { a: [1, 2] }, wanted: { a: [1] }, want: false },
  {
    name: 'named elements: others beside, any order',
    live: { a: [{ name: 'y' }, { name: 'x', d: 1 }] },
    wanted: { a: [{ name: 'x' }] },
    want: true,
  },
  {
    name: 'named element missing',
    live: { a: [{ name: 'y' }] },
    wanted: { a: [{ name: 'x' }] },
    want: false,
  },
  { name: 'other value', live: { a: 1 }, wanted: { a: 2 }, want: false },
  { name: 'missing', live: {}, wanted: { a: { b: 1 } }, want: false },
  { name: 'an empty map may be missing', live: {}, wanted: { a: {} }, want: true },
];
for (const row of coverage) {
  test(`covers: ${row.name}`, () => assert.equal(covers(row.live, row.wanted), row.want));
}
