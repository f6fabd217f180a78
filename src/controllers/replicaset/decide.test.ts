import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet, Vmi } from '../../api/types.ts';
import { decideReplicaSet, withFailure } from './decide.ts';
import type { ReplicaSetPlan } from './decide.ts';
import { instance, now, replicaSet } from './testing/build.ts';

interface Row {
  name: string;
  set?: ReplicaSet;
  vmis: Vmi[];
  deleted?: string[];
  want: Partial<Record<'adopt' | 'release' | 'remove' | 'clean', string[]>> & {
    create?: number;
    replicas?: number;
    ready?: number;
    againAfterMs?: number;
  };
}

const leaving = { metadata: { ...replicaSet().metadata, deletionTimestamp: '2026-01-01T11:59:00Z' } };

const rows: Row[] = [
  { name: 'nothing there', vmis: [], want: { create: 2, replicas: 0, ready: 0 } },
  { name: 'no number is one', set: replicaSet({ replicas: undefined }), vmis: [], want: { create: 1 } },
  {
    name: 'as wanted',
    vmis: [instance('a'), instance('b', { ready: false })],
    want: { replicas: 2, ready: 1 },
  },
  { name: 'at most a burst', set: replicaSet({ replicas: 1000 }), vmis: [], want: { create: 250 } },
  {
    name: 'one that leaves does not count',
    vmis: [instance('a'), instance('b', { leaving: true })],
    want: { create: 1, replicas: 1 },
  },
  {
    name: 'one that was deleted does not count while the cache is late',
    vmis: [instance('a'), instance('b'), instance('c')],
    deleted: ['b'],
    want: { replicas: 2, ready: 2 },
  },
  {
    name: 'one that is over is replaced and removed',
    vmis: [instance('a'), instance('b', { phase: 'Succeeded' })],
    want: { create: 1, clean: ['b'], replicas: 1 },
  },
  {
    name: 'one whose pod goes is replaced and removed',
    vmis: [instance('a'), instance('b', { ready: false, reason: 'PodTerminating' })],
    want: { create: 1, clean: ['b'], replicas: 1 },
  },
  {
    name: 'one that failed at once is replaced later',
    vmis: [instance('a'), instance('b', { phase: 'Failed', created: '2026-01-01T11:59:50Z' })],
    want: { create: 0, replicas: 1, againAfterMs: 15_000 },
  },
  {
    name: 'one that failed a while after its start is replaced now',
    vmis: [instance('a'), instance('b', { phase: 'Failed', created: '2026-01-01T11:59:40Z' })],
    want: { create: 1, clean: ['b'], replicas: 1 },
  },
  {
    name: 'too many: what runs least goes first',
    set: replicaSet({ replicas: 1 }),
    vmis: [instance('a'), instance('b', { phase: 'Scheduling' }), instance('c', { ready: false })],
    want: { remove: ['b', 'c'], replicas: 3 },
  },
  {
    name: 'too many of the same: the youngest goes first',
    set: replicaSet({ replicas: 1 }),
    vmis: [instance('a'), instance('b', { created: '2026-01-01T11:30:00Z' })],
    want: { remove: ['b'], replicas: 2 },
  },
  {
    name: 'none wanted',
    set: replicaSet({ replicas: 0 }),
    vmis: [instance('a')],
    want: { remove: ['a'], replicas: 1 },
  },
  {
    name: 'paused: nothing is created, deleted or cleaned',
    set: replicaSet({ replicas: 3, paused: true }),
    vmis: [instance('a'), instance('b', { phase: 'Succeeded' })],
    want: { replicas: 1 },
  },
  {
    name: 'an orphan that is selected is adopted, and no other',
    vmis: [
      instance('a'),
      instance('b', { orphan: true }),
      instance('c', { orphan: true, labels: {} }),
      instance('d', { orphan: true, phase: 'Failed' }),
      instance('e', { orphan: true, leaving: true }),
    ],
    want: { adopt: ['b'], create: 1, replicas: 1 },
  },
  {
    name: 'one with other labels is let go and replaced',
    vmis: [instance('a'), instance('b', { labels: { app: 'other' } })],
    want: { release: ['b'], create: 1, replicas: 1 },
  },
  {
    name: 'a set that is going neither adopts nor creates',
    set: replicaSet({ replicas: 3 }, leaving),
    vmis: [instance('a'), instance('b', { orphan: true })],
    want: { replicas: 1 },
  },
];

const uids = (vmis: readonly Vmi[]): string[] => vmis.map(({ metadata }) => metadata.uid);

function summary(plan: ReplicaSetPlan): Row['want'] {
  return {
    adopt: uids(plan.adopt),
    release: uids(plan.release),
    remove: uids(plan.remove),
    clean: uids(plan.clean),
    create: plan.create,
    ...(plan.againAfterMs !== undefined && { againAfterMs: plan.againAfterMs }),
    replicas: plan.status.replicas ?? -1,
    ready: plan.status.readyReplicas ?? -1,
  };
}

for (const { name, set = replicaSet(), vmis, deleted = [], want } of rows) {
  test(name, () => {
    const plan = summary(decideReplicaSet({ replicaSet: set, vmis, deleted: new Set(deleted) }, now));
    const expected = { adopt: [], release: [], remove: [], clean: [], create: 0, ...want };
    const { replicas = plan.replicas, ready = plan.ready } = want;
    assert.deepEqual(plan, { ...expected, replicas, ready });
  });
}

const planOf = (set: ReplicaSet): ReplicaSetPlan =>
  decideReplicaSet({ replicaSet: set, vmis: [], deleted: new Set() }, now);

test('a pause is told, and the end of it', () => {
  const { status } = planOf(replicaSet({ paused: true }));
  assert.deepEqual(
    status.conditions?.map(({ type, status: is, reason }) => [type, is, reason]),
    [['ReplicaPaused', 'True', 'Paused']],
  );
  assert.deepEqual(planOf(replicaSet({}, { status })).status.conditions, []);
});

test('a failure stays as it was first told until it is over', () => {
  const set = replicaSet();
  const first = withFailure(planOf(set), set, { reason: 'FailedCreate', message: 'no room for a' }, now);
  const failed = replicaSet({}, { status: first });
  const later = new Date('2026-01-01T13:00:00Z');
  const again = withFailure(
    planOf(failed),
    failed,
    { reason: 'FailedCreate', message: 'no room for b' },
    later,
  );
  assert.deepEqual(again, first);
  const other = withFailure(planOf(failed), failed, { reason: 'FailedDelete', message: 'c' }, later);
  assert.equal(other.conditions?.[0]?.message, 'c');
  assert.deepEqual(planOf(failed).status.conditions, []);
});

test('the selector is shown as text, for scaling by other controllers', () => {
  assert.equal(planOf(replicaSet()).status.labelSelector, 'app=web');
});
