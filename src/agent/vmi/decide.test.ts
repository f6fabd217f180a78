import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Condition, Vmi } from '../../api/types.ts';
import { exitCodes } from '../../launcher/exit-codes.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import { endedStatus, podOf, vmiOf } from '../testing/cluster.ts';
import { decide } from './decide.ts';
import type { LauncherView, Snapshot } from './snapshot.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const report = (state: DomainReport['state'], change: Partial<DomainReport> = {}): DomainReport => ({
  state,
  reason: 'unknown',
  sequence: 2,
  interfaces: [],
  ...change,
});
const launcher = (change: Partial<LauncherView> = {}): LauncherView => ({
  connected: true,
  report: undefined,
  failure: undefined,
  shutdownAsked: undefined,
  ...change,
});
const seen = (change: Partial<Snapshot> = {}): Snapshot => ({
  vmi: vmiOf(),
  node: 'node',
  pod: podOf(),
  launcher: launcher(),
  ...change,
});
const inPhase = (phase: string, change: Partial<Vmi> = {}): Vmi =>
  vmiOf({ status: { phase, nodeName: 'node', activePods: { 'pod-uid': 'node' } }, ...change });
const deleted = (vmi: Vmi, ago: number, grace?: number): Vmi => ({
  ...vmi,
  metadata: { ...vmi.metadata, deletionTimestamp: new Date(now.getTime() - ago * 1000).toISOString() },
  spec: { ...vmi.spec, ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }) },
});

describe('phase', () => {
  for (const row of [
    { name: 'nothing known yet', given: seen(), want: ['Scheduled'] },
    {
      name: 'domain absent',
      given: seen({ launcher: launcher({ report: report('absent') }) }),
      want: ['Scheduled'],
    },
    {
      name: 'QEMU starting',
      given: seen({ launcher: launcher({ report: report('paused', { reason: 'startingUp' }) }) }),
      want: ['Scheduled'],
    },
    {
      name: 'wants to start paused',
      given: seen({
        vmi: vmiOf({ spec: { ...vmiOf().spec, startStrategy: 'Paused' } }),
        launcher: launcher({ report: report('paused', { reason: 'startingUp' }) }),
      }),
      want: ['Running'],
    },
    {
      name: 'running',
      given: seen({ launcher: launcher({ report: report('running') }) }),
      want: ['Running'],
    },
    {
      name: 'connection lost while running',
      given: seen({ vmi: inPhase('Running'), launcher: launcher({ connected: false }) }),
      want: ['Running'],
    },
    {
      name: 'guest shut down',
      given: seen({
        vmi: inPhase('Running'),
        launcher: launcher({ report: report('shutoff', { reason: 'shutdown' }) }),
      }),
      want: ['Succeeded'],
    },
    {
      name: 'guest crashed',
      given: seen({
        vmi: inPhase('Running'),
        launcher: launcher({ report: report('shutoff', { reason: 'crashed' }) }),
      }),
      want: ['Failed', 'GuestCrashed'],
    },
    {
      name: 'guest panicked',
      given: seen({
        vmi: inPhase('Running'),
        launcher: launcher({ report: report('crashed', { reason: 'panicked' }) }),
      }),
      want: ['Failed', 'GuestPanicked'],
    },
    {
      name: 'guest did not stop within its grace period',
      given: seen({
        vmi: inPhase('Running'),
        launcher: launcher({ report: report('shutoff', { reason: 'destroyed' }) }),
      }),
      want: ['Failed', 'GracePeriodExceeded'],
    },
    {
      name: 'guest without grace period was destroyed',
      given: seen({
        vmi: inPhase('Running', { spec: { ...vmiOf().spec, terminationGracePeriodSeconds: 0 } }),
        launcher: launcher({ report: report('shutoff', { reason: 'destroyed' }) }),
      }),
      want: ['Succeeded'],
    },
    ...Object.entries({
      guestStopped: ['Succeeded'],
      internal: ['Failed', 'LauncherFailed'],
      libvirtUnavailable: ['Failed', 'LibvirtUnavailable'],
      startFailed: ['Failed', 'StartFailed'],
      guestCrashed: ['Failed', 'GuestCrashed'],
      guestPanicked: ['Failed', 'GuestPanicked'],
    } as const).map(([code, want]) => ({
      name: `launcher ended unseen with ${code}`,
      given: seen({ pod: podOf({ status: endedStatus(exitCodes[code as keyof typeof exitCodes]) }) }),
      want: [...want],
    })),
    {
      name: 'launcher ran out of memory',
      given: seen({ pod: podOf({ status: endedStatus(137, 'OOMKilled') }) }),
      want: ['Failed', 'OOMKilled'],
    },
    {
      name: 'pod evicted before anything ran',
      given: seen({ pod: podOf({ status: { phase: 'Failed', reason: 'Evicted' } }) }),
      want: ['Failed', 'Evicted'],
    },
    {
      name: 'not scheduled yet',
      given: seen({ vmi: inPhase('Scheduling'), launcher: launcher({ report: report('running') }) }),
      want: ['Scheduling'],
    },
    {
      name: "another node's",
      given: seen({ node: 'other', launcher: launcher({ report: report('running') }) }),
      want: ['Scheduled'],
    },
    {
      name: 'ended before',
      given: seen({ vmi: inPhase('Failed'), launcher: launcher({ report: report('running') }) }),
      want: ['Failed'],
    },
  ]) {
    test(row.name, () => {
      const { status } = decide(row.given, now);
      assert.deepEqual([status.phase, status.reason].filter(Boolean), row.want);
    });
  }
});

test('a guest that begins to run has its whole status in one write', () => {
  const running = report('running', {
    machineType: 'pc-q35-7.2',
    interfaces: [{ name: 'default', mac: '02:aa', device: 'tap0' }],
  });
  const { status, events, unpaused } = decide(seen({ launcher: launcher({ report: running }) }), now);
  const at = '2026-01-02T03:04:05Z';
  assert.deepEqual(status, {
    ...vmiOf().status,
    phase: 'Running',
    phaseTransitionTimestamps: [{ phase: 'Running', phaseTransitionTimestamp: at }],
    runtimeUser: 107,
    machine: { type: 'pc-q35-7.2' },
    interfaces: [
      {
        name: 'default',
        mac: '02:aa',
        infoSource: 'domain',
        podInterfaceName: 'eth0',
        queueCount: 1,
        linkState: 'up',
        ipAddress: '10.244.0.7',
        ipAddresses: ['10.244.0.7', 'fd00::7'],
      },
    ],
    conditions: [
      {
        type: 'LiveMigratable',
        status: 'False',
        reason: 'NotMigratable',
        message: 'live migration is not offered: stop the VM and start it again to move it to another node',
        lastTransitionTime: at,
      },
      {
        type: 'StorageLiveMigratable',
        status: 'False',
        reason: 'NotMigratable',
        message:
          'volumes are not moved while a guest runs: stop the VM, copy the volume and name the copy in spec.template.spec.volumes',
        lastTransitionTime: at,
      },
    ],
  });
  assert.deepEqual(
    events.map(({ reason }) => reason),
    ['Created', 'Started'],
  );
  assert.equal(unpaused, true);
});

test('deciding again on what was decided changes nothing', () => {
  const failing = launcher({ failure: { reason: 'StartFailed', message: 'no' }, report: report('running') });
  for (const view of [launcher({ report: report('running') }), failing]) {
    const first = decide(seen({ launcher: view }), now).status;
    const again = decide(
      seen({ vmi: vmiOf({ status: first }), launcher: view }),
      new Date(now.getTime() + 60_000),
    );
    assert.deepEqual(again.status, first);
    assert.deepEqual(again.events, []);
  }
});

const conditionsOf = (given: Snapshot): string[] =>
  ((decide(given, now).status.conditions ?? []) as Condition[])
    .filter(({ type }) => !type.endsWith('LiveMigratable'))
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

const own: Condition = {
  type: 'Synchronized',
  status: 'False',
  reason: 'Synchronizing with the Domain failed.',
};
const foreign: Condition = {
  type: 'Synchronized',
  status: 'False',
  reason: 'ImagePullBackOff',
  message: 'x',
};
const pausedBefore: Condition = { type: 'Paused', status: 'True', reason: 'PausedByUser', message: '' };
const withConditions = (...conditions: Condition[]): Vmi =>
  vmiOf({ status: { phase: 'Running', nodeName: 'node', conditions } });

const podWith = (condition: object): NonNullable<Snapshot['pod']> =>
  ({
    ...podOf(),
    status: { ...podOf().status, conditions: [{ type: 'Ready', ...condition }] },
  }) as NonNullable<Snapshot['pod']>;
const readyPod = podWith({ status: 'True' });
const unreadyPod = podWith({ status: 'False', reason: 'ReadinessGatesNotReady' });
const withAgent = (guestAgent: DomainReport['guestAgent']): LauncherView =>
  launcher({ report: report('running', guestAgent === undefined ? {} : { guestAgent }) });
const agentBefore: Condition = { type: 'AgentConnected', status: 'True' };

describe('conditions', () => {
  for (const row of [
    {
      name: 'a guest that begins to run in a pod that is ready says so at once',
      given: seen({ pod: readyPod, launcher: withAgent(undefined) }),
      want: ['Ready=True undefined: undefined'],
    },
    {
      name: 'and in a pod that is not ready says that',
      given: seen({ pod: unreadyPod, launcher: withAgent(undefined) }),
      want: ['Ready=False ReadinessGatesNotReady: undefined'],
    },
    {
      name: 'readiness after that is for the controller to say',
      given: seen({ vmi: inPhase('Running'), pod: readyPod, launcher: withAgent(undefined) }),
      want: [],
    },
    {
      name: 'a guest agent has come',
      given: seen({ launcher: withAgent({ asked: false, supported: true }) }),
      want: ['AgentConnected=True undefined: undefined'],
    },
    {
      name: 'a guest agent has gone',
      given: seen({ vmi: withConditions(agentBefore), launcher: withAgent(undefined) }),
      want: [],
    },
    {
      name: 'a guest agent goes with the guest',
      given: seen({
        vmi: withConditions(agentBefore),
        launcher: launcher({ report: report('shutoff', { reason: 'shutdown' }) }),
      }),
      want: [],
    },
    {
      name: 'a guest agent is too old',
      given: seen({ launcher: withAgent({ asked: true, supported: false }) }),
      want: [
        'AgentConnected=True undefined: undefined',
        'AgentVersionNotSupported=True UnsupportedGuestAgent: the guest agent does not know the commands that guest information needs; update qemu-guest-agent in the guest',
      ],
    },
    {
      name: 'paused by a user',
      given: seen({ launcher: launcher({ report: report('paused', { reason: 'user' }) }) }),
      want: ['Paused=True PausedByUser: VMI was paused by user'],
    },
    {
      name: 'paused by an I/O error',
      given: seen({ launcher: launcher({ report: report('paused', { reason: 'ioError' }) }) }),
      want: ['Paused=True PausedIOError: VMI was paused, low-level IO error detected'],
    },
    {
      name: 'runs again',
      given: seen({ vmi: withConditions(pausedBefore), launcher: launcher({ report: report('running') }) }),
      want: [],
    },
    {
      name: 'domain did not start',
      given: seen({ launcher: launcher({ failure: { reason: 'StartFailed', message: 'no such disk' } }) }),
      want: ['Synchronized=False Synchronizing with the Domain failed.: StartFailed: no such disk'],
    },
    {
      name: 'domain started after all',
      given: seen({ vmi: withConditions(own), launcher: launcher({ report: report('running') }) }),
      want: [],
    },
    {
      name: "the controller's own complaint stays",
      given: seen({ vmi: withConditions(foreign), launcher: launcher({ report: report('running') }) }),
      want: ['Synchronized=False ImagePullBackOff: x'],
    },
  ]) {
    test(row.name, () => assert.deepEqual(conditionsOf(row.given), row.want));
  }

  test('an agent that knows nothing yet leaves a paused guest paused', () => {
    const given = seen({ vmi: withConditions(pausedBefore), launcher: launcher({ connected: false }) });
    assert.deepEqual(conditionsOf(given), ['Paused=True PausedByUser: ']);
    assert.equal(decide(given, now).unpaused, false);
  });

  test('a paused guest takes its pod out of service', () => {
    const view = launcher({ report: report('paused', { reason: 'user' }) });
    assert.equal(decide(seen({ launcher: view }), now).unpaused, false);
  });
});

describe('a guest that does not start', () => {
  const scheduled = (secondsAgo: number, conditions: Condition[] = []): Vmi => {
    const phaseTransitionTimestamp = new Date(now.getTime() - secondsAgo * 1000).toISOString();
    const transition = { phase: 'Scheduled', phaseTransitionTimestamp } as never;
    return inPhase('Scheduled', {
      status: { ...vmiOf().status, phaseTransitionTimestamps: [transition], conditions },
    });
  };
  const silent = launcher({ connected: false });
  for (const { name, vmi, view, want, requeueAfterMs } of [
    { name: 'is waited for', vmi: scheduled(20), view: silent, want: undefined, requeueAfterMs: 40_000 },
    { name: 'says so after a minute', vmi: scheduled(60), view: silent, want: 'LauncherUnresponsive' },
    {
      name: 'says what the launcher does',
      vmi: scheduled(61),
      view: launcher({ report: report('absent') }),
      want: 'GuestStartSlow',
    },
    {
      name: 'keeps the cause that is known',
      vmi: scheduled(61),
      view: launcher({ failure: { reason: 'NetworkSetupFailed', message: 'no nft' } }),
      want: 'NetworkSetupFailed',
    },
    { name: 'is not missed when it runs', vmi: scheduled(61), view: launcher({ report: report('running') }) },
    { name: 'is not missed when it is deleted', vmi: deleted(scheduled(61), 1), view: silent },
  ]) {
    test(name, () => {
      const decision = decide(seen({ vmi, launcher: view }), now);
      const [entry] = ((decision.status.conditions ?? []) as Condition[]).filter(
        ({ type }) => type === 'Synchronized',
      );
      assert.equal(entry?.message?.split(':')[0], want);
      assert.equal(decision.requeueAfterMs, requeueAfterMs);
    });
  }

  test('is told once', () => {
    const given = seen({ vmi: scheduled(61), launcher: silent });
    const { status, events } = decide(given, now);
    assert.deepEqual(
      events.map(({ type, reason }) => `${type} ${reason}`),
      ['Warning SyncFailed'],
    );
    const again = decide({ ...given, vmi: { ...given.vmi, status } }, now);
    assert.deepEqual(again.events, []);
    assert.deepEqual(again.status, status);
  });
});

describe('shutdown', () => {
  const running = launcher({ report: report('running') });
  for (const row of [
    { name: 'not deleted', given: seen({ launcher: running }), want: undefined },
    {
      name: 'deleted just now',
      given: seen({ vmi: deleted(inPhase('Running'), 0), launcher: running }),
      want: [30, 'ShuttingDown'],
    },
    {
      name: 'deleted a while ago',
      given: seen({ vmi: deleted(inPhase('Running'), 40, 100), launcher: running }),
      want: [60, 'ShuttingDown'],
    },
    {
      name: 'grace period over',
      given: seen({ vmi: deleted(inPhase('Running'), 40, 10), launcher: running }),
      want: [0, 'Deleted'],
    },
    {
      name: 'no grace period',
      given: seen({ vmi: deleted(inPhase('Running'), 0, 0), launcher: running }),
      want: [0, 'Deleted'],
    },
    {
      name: 'asked before',
      given: seen({
        vmi: deleted(inPhase('Running'), 5),
        launcher: { ...running, shutdownAsked: now.getTime() + 25_000 },
      }),
      want: undefined,
    },
    {
      name: 'grace period shortened after asking',
      given: seen({
        vmi: deleted(inPhase('Running'), 5, 0),
        launcher: { ...running, shutdownAsked: now.getTime() + 25_000 },
      }),
      want: [0, 'Deleted'],
    },
    {
      name: 'not connected',
      given: seen({ vmi: deleted(inPhase('Running'), 0), launcher: { ...running, connected: false } }),
      want: undefined,
    },
    {
      name: 'already off',
      given: seen({
        vmi: deleted(inPhase('Running'), 0),
        launcher: launcher({ report: report('shutoff', { reason: 'shutdown' }) }),
      }),
      want: undefined,
    },
  ]) {
    test(row.name, () => {
      const { shutdown } = decide(row.given, now);
      assert.deepEqual(shutdown && [shutdown.gracePeriodSeconds, shutdown.event.reason], row.want);
    });
  }

  test('the end of a deleted VMI is told', () => {
    const view = launcher({ report: report('shutoff', { reason: 'shutdown' }) });
    const { events } = decide(seen({ vmi: deleted(inPhase('Running'), 1), launcher: view }), now);
    assert.deepEqual(
      events.map(({ reason, message }) => `${reason} ${message}`),
      ['Stopped The VirtualMachineInstance was shut down.', 'Deleted Signaled Deletion'],
    );
  });
});

test('a VMI without conditions is not given an empty list of them', () => {
  const { status } = decide(seen(), now);
  assert.deepEqual(status, vmiOf().status);
});

test('the gate of a VMI that starts paused never opens on the way to Running', () => {
  const spec = { ...vmiOf().spec, startStrategy: 'Paused' };
  for (const phase of ['Scheduling', 'Scheduled']) {
    assert.equal(decide(seen({ vmi: inPhase(phase, { spec }) }), now).unpaused, false, phase);
  }
});

test('what the guest agent says of its system, and that file systems rest, is shown while it is so', () => {
  const resting = report('running', {
    guestAgent: { asked: true, supported: true, os: { name: 'Debian' } },
    frozen: true,
  });
  const first = decide(seen({ launcher: launcher({ report: resting }) }), now).status;
  assert.deepEqual([first.guestOSInfo, first.fsFreezeStatus], [{ name: 'Debian' }, 'frozen']);
  const after = decide(
    seen({ vmi: vmiOf({ status: first }), launcher: launcher({ report: report('running') }) }),
    now,
  ).status;
  assert.deepEqual([after.guestOSInfo, after.fsFreezeStatus], [{ name: 'Debian' }, undefined]);
});
