import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../api/cluster-config.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import type { AdmissionRequest } from '../review.ts';
import { lookupOf, reviewContext } from '../testing.ts';
import { reviewEviction } from './eviction.ts';

const meta = (name: string, uid: string) => ({
  name,
  namespace: 'team',
  uid,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const podOf = (differs: { phase?: string; node?: string; labels?: Record<string, string> } = {}): Pod => ({
  kind: 'Pod',
  metadata: {
    ...meta('virt-launcher-vm-abcde', 'pod-uid'),
    labels: differs.labels ?? { 'kubevirt.io': 'virt-launcher', 'kubevirt.io/created-by': 'vmi-uid' },
    annotations: { 'kubevirt.io/domain': 'vm' },
  },
  spec: { nodeName: differs.node ?? 'one', containers: [] },
  status: { phase: differs.phase ?? 'Running' },
});
const vmiOf = (
  strategy: string | undefined,
  differs: { migratable?: boolean; leaving?: string; uid?: string } = {},
) =>
  ({
    kind: 'VirtualMachineInstance',
    metadata: meta('vm', differs.uid ?? 'vmi-uid'),
    spec: { ...(strategy !== undefined && { evictionStrategy: strategy }) },
    status: {
      nodeName: 'one',
      ...(differs.leaving !== undefined && { evacuationNodeName: differs.leaving }),
      conditions: [
        {
          type: 'LiveMigratable',
          status: differs.migratable === true ? 'True' : 'False',
          message: 'its disk cannot move',
        },
      ],
    },
  }) as unknown as Vmi;

interface Row {
  name: string;
  objects: (Pod | Vmi)[];
  cluster?: 'LiveMigrate' | 'External';
  request?: Partial<AdmissionRequest>;
  /** What the refusal says; without it the pod goes. */
  says?: RegExp;
  /** Who is asked to leave. */
  marked?: string;
}

const goes = /^Eviction triggered evacuation of VMI "team\/vm"$/;
const rows: Row[] = [
  { name: 'a pod that is gone goes', objects: [] },
  { name: 'a pod of something else goes', objects: [podOf({ labels: {} }), vmiOf('LiveMigrate')] },
  { name: 'a pod that has ended goes', objects: [podOf({ phase: 'Succeeded' }), vmiOf('LiveMigrate')] },
  { name: 'a pod whose VMI is gone goes', objects: [podOf()] },
  { name: 'a pod of a former VMI goes', objects: [podOf(), vmiOf('LiveMigrate', { uid: 'another' })] },
  { name: 'None goes', objects: [podOf(), vmiOf('None', { migratable: true })] },
  { name: 'no strategy at all goes', objects: [podOf(), vmiOf(undefined, { migratable: true })] },
  { name: 'LiveMigrateIfPossible, and it is not, goes', objects: [podOf(), vmiOf('LiveMigrateIfPossible')] },
  {
    name: 'LiveMigrateIfPossible, and it is, leaves',
    objects: [podOf(), vmiOf('LiveMigrateIfPossible', { migratable: true })],
    says: goes,
    marked: 'one',
  },
  {
    name: 'LiveMigrate, and it cannot, stays with the reason and the remedy',
    objects: [podOf(), vmiOf('LiveMigrate')],
    says: /^VMI vm is configured with an eviction strategy but is not live-migratable: its disk cannot move.*virtctl stop vm -n team.*None/s,
  },
  {
    name: 'LiveMigrate of the cluster counts where the VMI says nothing',
    objects: [podOf(), vmiOf(undefined)],
    cluster: 'LiveMigrate',
    says: /is not live-migratable/,
  },
  {
    name: 'LiveMigrate, and it can, leaves',
    objects: [podOf(), vmiOf('LiveMigrate', { migratable: true })],
    says: goes,
    marked: 'one',
  },
  { name: 'External leaves', objects: [podOf(), vmiOf('External')], says: goes, marked: 'one' },
  {
    name: 'what is leaving is not asked twice',
    objects: [podOf(), vmiOf('External', { leaving: 'one' })],
    says: /^Evacuation in progress: Eviction triggered evacuation of VMI "team\/vm"$/,
  },
  {
    name: 'where it is going to is not what is left',
    objects: [podOf({ node: 'two' }), vmiOf('External')],
    says: /^Eviction request for target Pod$/,
  },
  {
    name: 'a dry run marks nothing',
    objects: [podOf(), vmiOf('External')],
    request: { dryRun: true },
    says: goes,
  },
  {
    name: 'nor does one that the eviction asks for',
    objects: [podOf(), vmiOf('External')],
    request: { object: { deleteOptions: { dryRun: ['All'] } } },
    says: goes,
  },
  {
    name: 'a descheduler is noted',
    objects: [podOf(), vmiOf('External')],
    request: { object: { metadata: { annotations: { 'requested-by': 'sigs.k8s.io/descheduler' } } } },
    says: goes,
    marked: 'one for the descheduler',
  },
];

const request: AdmissionRequest = {
  uid: 'r',
  operation: 'CREATE',
  namespace: 'team',
  name: 'virt-launcher-vm-abcde',
  userInfo: { username: 'drainer' },
  object: { apiVersion: 'policy/v1', kind: 'Eviction' },
};

describe('evicting a launcher', () => {
  for (const { name, objects, cluster, says, marked, ...row } of rows) {
    test(name, async () => {
      const marks: string[] = [];
      const context = reviewContext({
        config: { ...defaultConfig, ...(cluster && { evictionStrategy: cluster }) },
        lookup: lookupOf(...objects),
        evacuate: async (_, { node, descheduler }) =>
          void marks.push(descheduler ? `${node} for the descheduler` : node),
      });
      const verdict = await reviewEviction({ ...request, ...row.request }, context);
      assert.deepEqual(marks, marked === undefined ? [] : [marked]);
      if (says === undefined) return assert.equal(verdict.allowed, true);
      assert.ok(!verdict.allowed && 'code' in verdict);
      assert.equal(verdict.code, 429);
      assert.match(verdict.message, says);
    });
  }

  test('an API server that does not answer keeps the pod', async () => {
    const find = () => Promise.reject(new Error('no answer'));
    const verdict = await reviewEviction(request, reviewContext({ lookup: { ...lookupOf(), find } }));
    assert.ok(!verdict.allowed && 'code' in verdict);
    assert.deepEqual([verdict.code, /no answer/.test(verdict.message)], [429, true]);
  });
});
