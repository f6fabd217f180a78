import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Vmi } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { decideCreateFailure, decideVmi } from './decide.ts';
import type { VmiPlan } from './decide.ts';
import type { NodeHealth } from './node-health.ts';

const now = new Date('2026-01-01T12:00:00Z');
const finalizer = 'kubevirt.io/foregroundDeleteVirtualMachine';
type Change<T> = (object: T) => T;

function vmi(...changes: Change<Vmi>[]): Vmi {
  const base: Vmi = {
    metadata: {
      name: 'vm1',
      namespace: 'ns',
      uid: 'vmi-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T11:00:00Z',
      finalizers: [finalizer],
    },
    spec: { domain: { devices: {}, memory: { guest: '128Mi' } } },
  };
  return changes.reduce((object, change) => change(object), base);
}
const phase =
  (value: string): Change<Vmi> =>
  (object) => ({ ...object, status: { ...object.status, phase: value } });
const onNode: Change<Vmi> = (object) => ({
  ...object,
  metadata: { ...object.metadata, labels: { 'kubevirt.io/nodeName': 'node1' } },
  status: { ...object.status, nodeName: 'node1' },
});
const deleting: Change<Vmi> = (object) => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' },
});
const grace =
  (seconds: number): Change<Vmi> =>
  (object) => ({ ...object, spec: { ...object.spec, terminationGracePeriodSeconds: seconds } });
const condition =
  (type: string, status: string, reason: string): Change<Vmi> =>
  (object) => ({
    ...object,
    status: {
      ...object.status,
      conditions: [...(object.status?.conditions ?? []), { type, status, reason }],
    },
  });

function pod(...changes: Change<Pod>[]): Pod {
  const base: Pod = {
    metadata: {
      name: 'virt-launcher-vm1-abcde',
      namespace: 'ns',
      uid: 'pod-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T11:00:01Z',
      ownerReferences: [
        {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachineInstance',
          name: 'vm1',
          uid: 'vmi-uid',
          controller: true,
        },
      ],
    },
    spec: {
      containers: [
        { name: 'compute', image: 'monovirt:1' },
        { name: 'volumeroot', image: 'disk:1' },
      ],
    },
    status: { phase: 'Pending' },
  };
  return changes.reduce((object, change) => change(object), base);
}
const bound: Change<Pod> = (object) => ({
  ...object,
  spec: { containers: [], ...object.spec, nodeName: 'node1' },
});
const podStatus =
  (status: NonNullable<Pod['status']>): Change<Pod> =>
  (object) => ({ ...object, status: { ...object.status, ...status } });
const container = (
  name: string,
  state: object,
): NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number] => ({
  name,
  image: `${name}-image`,
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
});
const running = { running: { startedAt: '2026-01-01T11:00:02Z' } };
const started: Change<Pod> = podStatus({
  phase: 'Running',
  qosClass: 'Burstable',
  containerStatuses: [container('compute', running), container('volumeroot', running)],
});
const ended = (exitCode: number): Change<Pod> =>
  podStatus({
    phase: 'Running',
    containerStatuses: [
      container('compute', { terminated: { exitCode, message: 'last words' } }),
      container('volumeroot', running),
    ],
  });
const failed: Change<Pod> = podStatus({
  phase: 'Failed',
  reason: 'UnexpectedAdmissionError',
  message: 'no device',
});
const terminating =
  (deletionGracePeriodSeconds: number): Change<Pod> =>
  (object) => ({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T12:00:00Z', deletionGracePeriodSeconds },
  });
const pulling = (reason: string): Change<Pod> =>
  podStatus({
    containerStatuses: [
      container('compute', running),
      container('volumeroot', { waiting: { reason, message: 'not found' } }),
    ],
  });
const sideEnded: Change<Pod> = podStatus({
  phase: 'Running',
  containerStatuses: [
    container('compute', running),
    container('volumeroot', { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } }),
  ],
});
const unschedulable = (message: string): Change<Pod> =>
  podStatus({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] });
const podReady = (status: string): Change<Pod> => podStatus({ conditions: [{ type: 'Ready', status }] });

const alive: NodeHealth = { state: 'alive' };
const dead: NodeHealth = { state: 'dead', message: 'node node1 no longer exists' };

interface Row {
  name: string;
  vmi: Vmi;
  pods?: Pod[];
  node?: NodeHealth;
  want: Partial<ReturnType<typeof summary>>;
}

function summary(plan: VmiPlan): {
  phase: string | undefined;
  create: boolean;
  deletes: number[];
  label: string | undefined;
  release: boolean;
  ready: string | undefined;
  sync: string | undefined;
  scheduled: string | undefined;
  reason: string | undefined;
  events: string[];
  nodeName: string | undefined;
  activePods: Record<string, string> | undefined;
  requeue: number | undefined;
} {
  const { status } = plan;
  return {
    phase: status.phase,
    create: plan.createPod,
    deletes: plan.deletePods.map((deletion) => deletion.gracePeriodSeconds),
    label: plan.nodeLabel,
    release: plan.removeFinalizer,
    ready: conditionOf(status.conditions, 'Ready')?.reason,
    sync: conditionOf(status.conditions, 'Synchronized')?.reason,
    scheduled: conditionOf(status.conditions, 'PodScheduled')?.message,
    reason: status.reason,
    events: plan.events.map((event) => event.reason),
    nodeName: status.nodeName,
    activePods: status.activePods,
    requeue: plan.requeueAfterMs,
  };
}

const nothing = { create: false, deletes: [], label: undefined, release: false, events: [] };

const rows: Row[] = [
  {
    name: 'new VMI → pod',
    vmi: vmi(),
    want: { ...nothing, create: true, phase: undefined, ready: 'PodNotExists' },
  },
  {
    name: 'pending VMI → pod',
    vmi: vmi(phase('Pending')),
    want: { ...nothing, create: true, phase: 'Pending' },
  },
  { name: 'new VMI that is being deleted → no pod', vmi: vmi(deleting), want: { ...nothing, release: true } },
  {
    name: 'pod exists → Scheduling',
    vmi: vmi(),
    pods: [pod()],
    want: { ...nothing, phase: 'Scheduling', activePods: { 'pod-uid': '' } },
  },
  {
    name: 'bound at once → Scheduling with the node label',
    vmi: vmi(),
    pods: [pod(bound)],
    want: {
      ...nothing,
      phase: 'Scheduling',
      label: 'node1',
      nodeName: undefined,
      activePods: { 'pod-uid': '' },
    },
  },
  {
    name: 'label set → not again',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound)],
    want: { ...nothing, label: undefined },
  },
  {
    name: 'pod back to Pending phase clears a create failure',
    vmi: vmi(phase('Pending'), condition('Synchronized', 'False', 'FailedCreate')),
    pods: [pod()],
    want: { ...nothing, phase: 'Scheduling', sync: undefined },
  },
  {
    name: 'no node for tun',
    vmi: vmi(phase('Scheduling')),
    pods: [pod(unschedulable('0/1 nodes are available: 1 Insufficient devices.kubevirt.io/tun.'))],
    want: {
      phase: 'Scheduling',
      events: ['Unschedulable'],
      scheduled:
        'no node offers /dev/net/tun: load the tun module on the nodes (modprobe tun), or remove the network interface (0/1 nodes are available: 1 Insufficient devices.kubevirt.io/tun.)',
    },
  },
  {
    name: 'unknown scheduler words stay as they are',
    vmi: vmi(phase('Scheduling')),
    pods: [pod(unschedulable('something new'))],
    want: { scheduled: 'something new' },
  },
  {
    name: 'unschedulable told once',
    vmi: vmi(phase('Scheduling'), condition('PodScheduled', 'False', 'Unschedulable')),
    pods: [pod(unschedulable('x'))],
    want: { events: [] },
  },
  {
    name: 'scheduled → condition goes',
    vmi: vmi(phase('Scheduling'), condition('PodScheduled', 'False', 'Unschedulable')),
    pods: [pod(bound)],
    want: { scheduled: undefined },
  },
  {
    name: 'image cannot be pulled',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, pulling('ErrImagePull'))],
    want: { ...nothing, phase: 'Scheduling', sync: 'ErrImagePull', events: ['ErrImagePull'] },
  },
  {
    name: 'image pull backs off',
    vmi: vmi(phase('Scheduling'), onNode, condition('Synchronized', 'False', 'ErrImagePull')),
    pods: [pod(bound, pulling('ImagePullBackOff'))],
    want: { sync: 'ImagePullBackOff', events: ['ImagePullBackOff'] },
  },
  {
    name: 'image name is invalid',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, pulling('InvalidImageName'))],
    want: { sync: 'ErrImagePull' },
  },
  {
    name: 'a container cannot be created',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, pulling('CreateContainerConfigError'))],
    want: { phase: 'Scheduling', sync: 'CreateContainerConfigError', events: ['CreateContainerConfigError'] },
  },
  {
    name: 'a container could not be created, now it runs',
    vmi: vmi(phase('Scheduling'), onNode, condition('Synchronized', 'False', 'CreateContainerConfigError')),
    pods: [pod(bound, started)],
    want: { phase: 'Scheduled', sync: undefined },
  },
  {
    name: 'a side container has ended before the guest ran',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, sideEnded)],
    want: { phase: 'Failed', reason: 'ContainerDiskEnded', events: ['ContainerDiskEnded'] },
  },
  {
    name: 'final, launcher left behind by its side container → pod goes',
    vmi: vmi(phase('Failed'), onNode),
    pods: [pod(bound, sideEnded)],
    want: { ...nothing, deletes: [1], phase: 'Failed' },
  },
  {
    name: 'creating containers is no problem',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, pulling('ContainerCreating'))],
    want: { sync: undefined, events: [] },
  },
  {
    name: 'all started → Scheduled',
    vmi: vmi(phase('Scheduling'), onNode, condition('Synchronized', 'False', 'ErrImagePull')),
    pods: [pod(bound, started)],
    want: { ...nothing, phase: 'Scheduled', nodeName: 'node1', sync: undefined, ready: 'GuestNotRunning' },
  },
  {
    name: 'a container missing from status → still Scheduling',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, podStatus({ phase: 'Running', containerStatuses: [container('compute', running)] }))],
    want: { phase: 'Scheduling' },
  },
  {
    name: 'pod deleted before start → Failed',
    vmi: vmi(phase('Scheduling')),
    want: { ...nothing, phase: 'Failed', reason: 'PodDeleted', events: ['PodDeleted'] },
  },
  {
    name: 'pod refused by the kubelet → Failed',
    vmi: vmi(phase('Scheduling')),
    pods: [pod(bound, failed)],
    want: {
      phase: 'Failed',
      reason: 'UnexpectedAdmissionError',
      events: ['UnexpectedAdmissionError'],
      activePods: {},
    },
  },
  {
    name: 'guest off again before its pod was seen running → Succeeded',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, ended(0))],
    want: { phase: 'Succeeded', reason: undefined, events: [] },
  },
  {
    name: 'launcher ended before start → Failed',
    vmi: vmi(phase('Scheduling'), onNode),
    pods: [pod(bound, ended(10))],
    want: { phase: 'Failed', reason: 'PodFailed' },
  },
  {
    name: 'pod evicted before start → Failed',
    vmi: vmi(phase('Scheduling')),
    pods: [pod(terminating(45))],
    want: { phase: 'Failed', ready: 'PodTerminating' },
  },
  {
    name: 'Scheduled: agent owns the rest',
    vmi: vmi(phase('Scheduled'), onNode),
    pods: [pod(bound, started)],
    want: { ...nothing, phase: 'Scheduled' },
  },
  {
    name: 'launcher ended on the node: the agent reports',
    vmi: vmi(phase('Running'), onNode),
    pods: [pod(bound, ended(12))],
    want: { ...nothing, phase: 'Running' },
  },
  {
    name: 'a foreign Synchronized stays',
    vmi: vmi(phase('Running'), onNode, condition('Synchronized', 'False', 'SyncFailed')),
    pods: [pod(bound, started)],
    want: { sync: 'SyncFailed', events: [] },
  },
  {
    name: 'Running, pod ready → Ready',
    vmi: vmi(phase('Running'), onNode),
    pods: [pod(bound, started, podReady('True'))],
    want: { ...nothing, ready: undefined },
  },
  {
    name: 'Running, no Ready condition yet',
    vmi: vmi(phase('Running'), onNode),
    pods: [pod(bound, started)],
    want: { ready: 'PodConditionMissing' },
  },
  {
    name: 'pod gone while Running → Failed',
    vmi: vmi(phase('Running'), onNode),
    want: { ...nothing, phase: 'Failed', reason: 'PodDeleted', events: ['PodDeleted'] },
  },
  {
    name: 'node dead while Running → Failed',
    vmi: vmi(phase('Running'), onNode),
    pods: [pod(bound, started)],
    node: dead,
    want: { ...nothing, phase: 'Failed', reason: 'NodeUnresponsive', events: ['NodeUnresponsive'] },
  },
  {
    name: 'node suspect → wait',
    vmi: vmi(phase('Running'), onNode),
    pods: [pod(bound, started)],
    node: { state: 'suspect', againInMs: 7 },
    want: { ...nothing, phase: 'Running', requeue: 7 },
  },
  {
    name: 'delete → pod with the VMI’s grace',
    vmi: vmi(phase('Running'), onNode, deleting, grace(60)),
    pods: [pod(bound, started)],
    want: { ...nothing, deletes: [75], phase: 'Running' },
  },
  {
    name: 'delete, pod ending → wait',
    vmi: vmi(phase('Running'), onNode, deleting),
    pods: [pod(bound, started, terminating(45))],
    want: { ...nothing, phase: 'Running', ready: 'PodTerminating' },
  },
  {
    name: 'delete, grace shortened meanwhile → again',
    vmi: vmi(phase('Running'), onNode, deleting, grace(0)),
    pods: [pod(bound, started, terminating(45))],
    want: { deletes: [15] },
  },
  {
    name: 'delete while scheduling, pod ending → wait',
    vmi: vmi(phase('Scheduling'), deleting),
    pods: [pod(terminating(45))],
    want: { ...nothing, phase: 'Scheduling' },
  },
  {
    name: 'deleted, pod gone → finalizer goes',
    vmi: vmi(phase('Running'), onNode, deleting),
    want: { ...nothing, release: true, phase: 'Running' },
  },
  {
    name: 'deleted, final, pod gone → finalizer goes',
    vmi: vmi(phase('Succeeded'), deleting),
    want: { ...nothing, release: true },
  },
  { name: 'final, kept → nothing', vmi: vmi(phase('Succeeded')), want: { ...nothing, phase: 'Succeeded' } },
  {
    name: 'final, side containers left behind → pod goes',
    vmi: vmi(phase('Failed'), onNode),
    pods: [pod(bound, ended(12))],
    want: { ...nothing, deletes: [1], phase: 'Failed' },
  },
  {
    name: 'final, pod over → kept for its logs',
    vmi: vmi(phase('Failed'), onNode),
    pods: [pod(bound, failed)],
    want: { ...nothing, phase: 'Failed' },
  },
];

for (const row of rows) {
  test(row.name, () => {
    const seen = { vmi: row.vmi, pods: row.pods ?? [], node: row.node ?? alive };
    const plan = decideVmi(seen, now);
    const got = summary(plan);
    const picked = Object.fromEntries(
      Object.keys(row.want).map((key) => [key, got[key as keyof typeof got]]),
    );
    assert.deepEqual(picked, row.want);
  });

  test(`${row.name}: deciding again on the result changes nothing`, () => {
    const seen = { pods: row.pods ?? [], node: row.node ?? alive };
    const { status } = decideVmi({ ...seen, vmi: row.vmi }, now);
    if (status.phase !== row.vmi.status?.phase) return;
    const again = decideVmi({ ...seen, vmi: { ...row.vmi, status } }, new Date(now.getTime() + 60_000));
    assert.deepEqual(again.status, status);
    assert.deepEqual(again.events, []);
  });
}

test('a refused pod is a condition that names the cause', () => {
  const { status, event } = decideCreateFailure(
    vmi(),
    { reason: 'FailedCreate', message: 'exceeded quota: vms' },
    now,
  );
  assert.equal(status.phase, 'Pending');
  assert.deepEqual(conditionOf(status.conditions, 'Synchronized')?.message, 'exceeded quota: vms');
  assert.deepEqual([event.type, event.reason], ['Warning', 'FailedCreate']);
});

test('phases leave their time behind', () => {
  const { status } = decideVmi({ vmi: vmi(), pods: [pod()], node: alive }, now);
  assert.deepEqual(status.phaseTransitionTimestamps, [
    { phase: 'Scheduling', phaseTransitionTimestamp: '2026-01-01T12:00:00Z' },
  ]);
});

test('an instance that has ended and goes is written no more', () => {
  const seen = vmi(phase('Succeeded'), onNode, deleting);
  const { status, removeFinalizer } = decideVmi({ vmi: seen, pods: [pod()], node: alive }, now);
  assert.deepEqual(status, seen.status);
  assert.equal(removeFinalizer, false);
});
