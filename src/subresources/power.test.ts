import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vm, Vmi } from '../api/types.ts';
import { planRestart, planStart, planStop } from './power.ts';
import type { PowerPlan } from './power.ts';
import { HttpError } from '../http/status.ts';

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '7',
  creationTimestamp: '',
});
const vm = (spec: Partial<Vm['spec']>, status?: Vm['status']): Vm => ({
  metadata: meta('v'),
  spec: { template: { spec: { domain: { devices: {} } } }, ...spec },
  ...(status === undefined ? {} : { status }),
});
const vmi = (phase: string, grace?: number): Vmi => ({
  metadata: meta('v'),
  spec: {
    domain: { devices: {} },
    ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
  },
  status: { phase },
});

const version = { op: 'test', path: '/metadata/resourceVersion', value: '7' };
const changes = (value: unknown): PowerPlan['vmStatus'] =>
  [version, { op: 'add', path: '/status/stateChangeRequests', value }] as PowerPlan['vmStatus'];
const stop = { action: 'Stop', uid: 'uid-v' };
const replace = (path: string, from: unknown, to: unknown) => [
  { op: 'test', path, value: from },
  { op: 'replace', path, value: to },
];

interface Row {
  name: string;
  plan: () => PowerPlan;
  want: PowerPlan | { status: number; says: RegExp };
}

const rows: Row[] = [
  {
    name: 'start of a halted VM sets the run strategy',
    plan: () => planStart(vm({ runStrategy: 'Halted' }), undefined, { paused: false }),
    want: { vmSpec: replace('/spec/runStrategy', 'Halted', 'Always') as never },
  },
  {
    name: 'start of a VM that uses the older field sets that field',
    plan: () => planStart(vm({ running: false }), undefined, { paused: false }),
    want: { vmSpec: replace('/spec/running', false, true) as never },
  },
  {
    name: 'start of a VM with neither field adds the run strategy',
    plan: () => planStart(vm({}), undefined, { paused: false }),
    want: { vmSpec: [{ op: 'add', path: '/spec/runStrategy', value: 'Always' }] },
  },
  {
    name: 'paused start of a halted VM is a request to the controller',
    plan: () => planStart(vm({ runStrategy: 'Halted' }, {}), undefined, { paused: true }),
    want: { vmStatus: changes([{ action: 'Start', data: { paused: 'true' } }]) },
  },
  {
    name: 'start of a manual VM whose status was never written creates the status',
    plan: () => planStart(vm({ runStrategy: 'Manual' }), undefined, { paused: false }),
    want: {
      vmStatus: [
        version,
        { op: 'add', path: '/status', value: { stateChangeRequests: [{ action: 'Start' }] } },
      ] as never,
    },
  },
  {
    name: 'start of a manual VM that has ended stops the old instance first',
    plan: () => planStart(vm({ runStrategy: 'Manual' }, {}), vmi('Succeeded'), { paused: false }),
    want: { vmStatus: changes([stop, { action: 'Start' }]) },
  },
  {
    name: 'start of a running VM is refused',
    plan: () => planStart(vm({ runStrategy: 'Manual' }, {}), vmi('Running'), { paused: false }),
    want: { status: 409, says: /VM is already running/ },
  },
  {
    name: 'start under Always is refused',
    plan: () => planStart(vm({ runStrategy: 'Always' }, {}), undefined, { paused: false }),
    want: { status: 409, says: /Always does not support manual start requests/ },
  },
  {
    name: 'start of a failed RerunOnFailure VM is refused',
    plan: () => planStart(vm({ runStrategy: 'RerunOnFailure' }, {}), vmi('Failed'), { paused: false }),
    want: { status: 409, says: /does not support starting VM from failed state/ },
  },
  {
    name: 'a second request while one is under way is refused',
    plan: () =>
      planStart(vm({ runStrategy: 'Manual' }, { stateChangeRequests: [{ action: 'Start' }] }), undefined, {
        paused: false,
      }),
    want: { status: 500, says: /unable to complete request: stop\/start already underway/ },
  },
  {
    name: 'a stop takes the place of a restart that is under way',
    plan: () =>
      planStop(
        vm({ runStrategy: 'Manual' }, { stateChangeRequests: [stop, { action: 'Start' }] }),
        vmi('Running'),
        {},
      ),
    want: { vmStatus: changes([stop]) },
  },
  {
    name: 'a restart while a stop is under way is refused',
    plan: () =>
      planRestart(vm({ runStrategy: 'Always' }, { stateChangeRequests: [stop] }), vmi('Running'), {}),
    want: { status: 500, says: /stop\/start already underway/ },
  },
  {
    name: 'what a user asks for clears the back-off',
    plan: () =>
      planStart(
        vm({ runStrategy: 'RerunOnFailure' }, { startFailure: { consecutiveFailCount: 2 } }),
        undefined,
        { paused: false },
      ),
    want: {
      vmStatus: [
        ...(changes([{ action: 'Start' }]) ?? []),
        { op: 'remove', path: '/status/startFailure' },
      ] as never,
    },
  },
  {
    name: 'start of a VM that has to be recovered by hand is refused',
    plan: () =>
      planStart(
        vm(
          { runStrategy: 'Halted' },
          { conditions: [{ type: 'ManualRecoveryRequired', status: 'True' }] as never },
        ),
        undefined,
        { paused: false },
      ),
    want: { status: 409, says: /VM recovery required/ },
  },
  {
    name: 'restart while volumes change is refused',
    plan: () =>
      planRestart(
        vm({ runStrategy: 'Always' }, { conditions: [{ type: 'VolumesChange', status: 'True' }] as never }),
        vmi('Running'),
        {},
      ),
    want: { status: 409, says: /VM recovery required/ },
  },
  {
    name: 'start of a RerunOnFailure VM that succeeded stops the old instance first',
    plan: () => planStart(vm({ runStrategy: 'RerunOnFailure' }, {}), vmi('Succeeded'), { paused: false }),
    want: { vmStatus: changes([stop, { action: 'Start' }]) },
  },
  {
    name: 'paused start of a manual VM carries the wish along',
    plan: () => planStart(vm({ runStrategy: 'Manual' }, {}), undefined, { paused: true }),
    want: { vmStatus: changes([{ action: 'Start', data: { paused: 'true' } }]) },
  },
  {
    name: 'start under Once is refused',
    plan: () => planStart(vm({ runStrategy: 'Once' }, {}), undefined, { paused: false }),
    want: { status: 409, says: /Once does not support manual start requests/ },
  },
  {
    name: 'stop under Always halts the VM',
    plan: () => planStop(vm({ runStrategy: 'Always' }), vmi('Running'), {}),
    want: { vmSpec: replace('/spec/runStrategy', 'Always', 'Halted') as never },
  },
  {
    name: 'stop with a grace period shortens the instance first',
    plan: () => planStop(vm({ runStrategy: 'Always' }), vmi('Running', 30), { gracePeriod: 0 }),
    want: {
      vmiSpec: replace('/spec/terminationGracePeriodSeconds', 30, 0) as never,
      vmSpec: replace('/spec/runStrategy', 'Always', 'Halted') as never,
    },
  },
  {
    name: 'stop of a manual VM names the instance to stop',
    plan: () => planStop(vm({ runStrategy: 'Manual' }, {}), vmi('Running'), {}),
    want: { vmStatus: changes([stop]) },
  },
  {
    name: 'stop may be repeated with a shorter grace period',
    plan: () =>
      planStop(
        vm({ runStrategy: 'Manual' }, { stateChangeRequests: [{ action: 'Stop' }] }),
        vmi('Running', 30),
        { gracePeriod: 1 },
      ),
    want: {
      vmiSpec: replace('/spec/terminationGracePeriodSeconds', 30, 1) as never,
      vmStatus: changes([stop]),
    },
  },
  {
    name: 'stop of what does not run is refused',
    plan: () => planStop(vm({ runStrategy: 'Manual' }), undefined, {}),
    want: { status: 409, says: /VM is not running/ },
  },
  {
    name: 'stop of a halted VM that still runs needs a shorter grace period',
    plan: () => planStop(vm({ runStrategy: 'Halted' }, {}), vmi('Running', 30), { gracePeriod: 30 }),
    want: { status: 409, says: /Halted only supports manual stop requests with a shorter graceperiod/ },
  },
  {
    name: 'stop with a negative grace period is refused',
    plan: () => planStop(vm({ runStrategy: 'Always' }), vmi('Running'), { gracePeriod: -1 }),
    want: { status: 400, says: /gracePeriod has to be greater or equal to 0/ },
  },
  {
    name: 'stop of a halted VM that still runs takes a shorter grace period',
    plan: () => planStop(vm({ runStrategy: 'Halted' }, {}), vmi('Running', 30), { gracePeriod: 1 }),
    want: {
      vmiSpec: replace('/spec/terminationGracePeriodSeconds', 30, 1) as never,
      vmStatus: changes([stop]),
    },
  },
  {
    name: 'stop under Once halts the VM',
    plan: () => planStop(vm({ runStrategy: 'Once' }), vmi('Running'), {}),
    want: { vmSpec: replace('/spec/runStrategy', 'Once', 'Halted') as never },
  },
  {
    name: 'stop of a VM that uses the older field sets that field',
    plan: () => planStop(vm({ running: true }), vmi('Running'), {}),
    want: { vmSpec: replace('/spec/running', true, false) as never },
  },
  {
    name: 'stop under RerunOnFailure names the instance to stop',
    plan: () => planStop(vm({ runStrategy: 'RerunOnFailure' }, {}), vmi('Running'), {}),
    want: { vmStatus: changes([stop]) },
  },
  {
    name: 'stop of what has ended is refused',
    plan: () => planStop(vm({ runStrategy: 'Manual' }), vmi('Succeeded'), {}),
    want: { status: 409, says: /VM is not running/ },
  },
  {
    name: 'restart stops and starts',
    plan: () => planRestart(vm({ runStrategy: 'Always' }, {}), vmi('Running'), {}),
    want: { vmStatus: changes([stop, { action: 'Start' }]) },
  },
  {
    name: 'forced restart gives one second',
    plan: () => planRestart(vm({ runStrategy: 'Always' }, {}), vmi('Running'), { gracePeriodSeconds: 0 }),
    want: {
      vmiSpec: [{ op: 'add', path: '/spec/terminationGracePeriodSeconds', value: 1 }],
      vmStatus: changes([stop, { action: 'Start' }]),
    },
  },
  {
    name: 'restart with another grace period is refused',
    plan: () => planRestart(vm({ runStrategy: 'Always' }, {}), vmi('Running'), { gracePeriodSeconds: 5 }),
    want: { status: 400, says: /only gracePeriod=0 is supported/ },
  },
  {
    name: 'restart of a halted VM is refused',
    plan: () => planRestart(vm({ runStrategy: 'Halted' }), vmi('Running'), {}),
    want: { status: 409, says: /RunStategy Halted does not support manual restart requests/ },
  },
  {
    name: 'restart of a VM that runs once is refused',
    plan: () => planRestart(vm({ runStrategy: 'Once' }), vmi('Running'), {}),
    want: { status: 409, says: /RunStategy Once does not support manual restart requests/ },
  },
  {
    name: 'restart with a negative grace period is refused',
    plan: () => planRestart(vm({ runStrategy: 'Always' }), vmi('Running'), { gracePeriodSeconds: -1 }),
    want: { status: 400, says: /gracePeriod has to be greater or equal to 0/ },
  },
  {
    name: 'restart of what does not run is refused',
    plan: () => planRestart(vm({ runStrategy: 'Always' }), undefined, {}),
    want: { status: 409, says: /VM is not running/ },
  },
];

for (const row of rows) {
  test(row.name, () => {
    const { want } = row;
    if (!('says' in want)) {
      assert.deepEqual(row.plan(), want);
      return;
    }
    assert.throws(row.plan, (error) => {
      assert.ok(error instanceof HttpError);
      assert.equal(error.status, want.status);
      assert.match(error.message, want.says);
      return true;
    });
  });
}
