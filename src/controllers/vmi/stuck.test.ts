import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/types.ts';
import { stuckInMs, stuckProblem } from './stuck.ts';
import type { PodEvent } from './stuck.ts';

const now = new Date('2026-01-01T12:00:00Z');
const metadata = { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const scheduled = (at: string) => ({ type: 'PodScheduled', status: 'True', lastTransitionTime: at });
const prepared = (status: string) => ({ type: 'PodReadyToStartContainers', status });
const waiting = (reason: string) => [{ name: 'compute', state: { waiting: { reason } } }];
const pod = (conditions: unknown[], rest: object = {}): Pod =>
  ({ metadata, status: { phase: 'Pending', conditions, ...rest } }) as Pod;

const pods: { name: string; pod: Pod | undefined; want: number | undefined }[] = [
  { name: 'no pod', pod: undefined, want: undefined },
  { name: 'without a node', pod: pod([]), want: undefined },
  {
    name: 'bound two seconds ago',
    pod: pod([scheduled('2026-01-01T11:59:58Z'), prepared('False')]),
    want: 3000,
  },
  { name: 'bound long ago', pod: pod([scheduled('2026-01-01T11:00:00Z'), prepared('False')]), want: 0 },
  {
    name: 'pulling images',
    pod: pod([scheduled('2026-01-01T11:00:00Z'), prepared('True')]),
    want: undefined,
  },
  {
    name: 'on a kubelet that does not tell of the step, being created',
    pod: pod([scheduled('2026-01-01T11:00:00Z')], { containerStatuses: waiting('ContainerCreating') }),
    want: 0,
  },
  {
    name: 'on a kubelet that does not tell of the step, past it',
    pod: pod([scheduled('2026-01-01T11:00:00Z')], { containerStatuses: waiting('ErrImagePull') }),
    want: undefined,
  },
  {
    name: 'ending',
    pod: {
      ...pod([scheduled('2026-01-01T11:00:00Z')]),
      metadata: { ...metadata, deletionTimestamp: '2026-01-01T11:59:00Z' },
    },
    want: undefined,
  },
  { name: 'over', pod: pod([scheduled('2026-01-01T11:00:00Z')], { phase: 'Failed' }), want: undefined },
];
for (const row of pods) test(`stuck pod: ${row.name}`, () => assert.equal(stuckInMs(row.pod, now), row.want));

const at = (minute: number): string => `2026-01-01T11:${String(minute).padStart(2, '0')}:00Z`;
const mount = (message: string, minute = 30): PodEvent => ({
  reason: 'FailedMount',
  message,
  lastTimestamp: at(minute),
});
const missing = 'MountVolume.SetUp failed for volume "config-c" : secret "s" not found';

const complaints: { name: string; events: PodEvent[]; reason?: string; says?: RegExp; not?: RegExp }[] = [
  { name: 'nothing said', events: [] },
  { name: 'of other things', events: [{ reason: 'Unhealthy', message: 'x', lastTimestamp: at(1) }] },
  {
    name: 'a missing secret',
    events: [mount(missing)],
    reason: 'FailedMount',
    says: /create the Secret.*secret "s" not found/,
  },
  {
    name: 'the cause, not the summary that follows it',
    events: [mount(missing, 29), mount('Unable to attach or mount volumes: timed out', 30)],
    reason: 'FailedMount',
    says: /secret "s" not found$/,
    not: /timed out/,
  },
  {
    name: 'the summary when there is nothing else',
    events: [mount('Unable to attach or mount volumes: timed out')],
    reason: 'FailedMount',
    says: /timed out/,
  },
  {
    name: 'what is no longer repeated',
    events: [mount('secret "first" not found', 20), mount('secret "second" not found', 30)],
    reason: 'FailedMount',
    says: /second/,
    not: /first/,
  },
  {
    name: 'two causes, in an order that stays',
    events: [mount('b', 30), mount('a', 29), mount('b', 28)],
    reason: 'FailedMount',
    says: / a; b$/,
  },
  {
    name: 'a sandbox, whose name is another one each time',
    events: [
      {
        reason: 'FailedCreatePodSandBox',
        message: `failed to setup network for sandbox "${'0a'.repeat(32)}"`,
        series: { lastObservedTime: at(3) },
      },
    ],
    reason: 'FailedCreatePodSandBox',
    says: /sandbox "…"/,
  },
];
for (const row of complaints) {
  test(`complaints: ${row.name}`, () => {
    const problem = stuckProblem(row.events);
    assert.equal(problem?.reason, row.reason);
    if (row.says !== undefined) assert.match(problem?.message ?? '', row.says);
    if (row.not !== undefined) assert.doesNotMatch(problem?.message ?? '', row.not);
  });
}
