import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vm, Vmi } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { decideFailure, decideVm } from './decide.ts';
import type { VmPlan } from './decide.ts';
import {
  vm,
  strategy,
  legacy,
  status,
  requests,
  meta,
  failedStarts,
  start,
  pausedStart,
  stop,
  stopOther,
  vmi,
  phase,
  condition,
  ending,
  orphaned,
  ownedByAnother,
} from './testing/build.ts';
import type { Change } from './testing/build.ts';

const now = new Date('2026-01-01T12:00:00Z');
const moment = { now, random: 0 };
interface Summary {
  do: string;
  ms: number | undefined;
  printable: string | undefined;
  created: boolean | undefined;
  ready: boolean | undefined;
  requests: string[];
  fails: number | undefined;
  retry: string | undefined;
  failure: string | undefined;
  adopt: boolean;
  strategy: string | undefined;
  observed: number | undefined;
  conditions: string[];
  finalizer: string;
}
function summary(plan: VmPlan): Summary {
  const given = plan.status;
  return {
    do: plan.action.do,
    ms: plan.action.do === 'wait' ? plan.action.ms : undefined,
    printable: given.printableStatus,
    created: given.created,
    ready: given.ready,
    requests: (given.stateChangeRequests ?? []).map((request) => request.action),
    fails: given.startFailure?.consecutiveFailCount,
    retry: given.startFailure?.retryAfterTimestamp,
    failure: conditionOf(given.conditions, 'Failure')?.reason,
    adopt: plan.adopt,
    strategy: given.runStrategy,
    observed: given.observedGeneration,
    conditions: (given.conditions ?? []).map((entry) => `${entry.type}=${entry.status}`).toSorted(),
    finalizer: plan.addFinalizer ? 'add' : plan.removeFinalizer ? 'remove' : 'keep',
  };
}

const always = strategy('Always');
const halted = strategy('Halted');
const manual = strategy('Manual');
const rerun = strategy('RerunOnFailure');
const once = strategy('Once');
const inForce = (runStrategy: string): Change<Vm> => status({ runStrategy });

const rows: { name: string; vm: Vm; vmi?: Vmi; want: Partial<Summary> }[] = [
  {
    name: 'nothing said: Halted',
    vm: vm(),
    want: { do: 'nothing', printable: 'Stopped', created: false, strategy: undefined },
  },
  { name: 'running: true is Always', vm: vm(legacy(true)), want: { do: 'create', printable: 'Starting' } },
  {
    name: 'running: false is Halted',
    vm: vm(legacy(false)),
    vmi: vmi(phase('Running')),
    want: { do: 'delete', printable: 'Stopping' },
  },
  { name: 'no finalizer yet', vm: vm(meta({ finalizers: ['other'] })), want: { finalizer: 'add' } },

  { name: 'Always, nothing there', vm: vm(always), want: { do: 'create', printable: 'Starting' } },
  {
    name: 'Always, being scheduled',
    vm: vm(always),
    vmi: vmi(phase('Scheduling')),
    want: { do: 'nothing', printable: 'Starting', created: true, ready: false, strategy: 'Always' },
  },
  {
    name: 'Always, new instance without phase',
    vm: vm(always),
    vmi: vmi(),
    want: { do: 'nothing', printable: 'Starting', conditions: ['Ready=False'] },
  },
  {
    name: 'Always, running',
    vm: vm(always),
    vmi: vmi(phase('Running'), condition('Ready', 'True')),
    want: { do: 'nothing', printable: 'Running', ready: true },
  },
  {
    name: 'Always, shut down from within',
    vm: vm(always),
    vmi: vmi(phase('Succeeded', 'Running')),
    want: { do: 'delete', fails: undefined },
  },
  {
    name: 'Always, crashed after running: again at once',
    vm: vm(always, failedStarts(3, '2026-01-01T13:00:00Z')),
    vmi: vmi(phase('Failed', 'Running')),
    want: { do: 'delete', fails: undefined },
  },
  {
    name: 'Always, instance ending',
    vm: vm(always),
    vmi: vmi(phase('Running'), ending),
    want: { do: 'nothing', printable: 'Stopping' },
  },
  {
    name: 'Always, final instance ending',
    vm: vm(always),
    vmi: vmi(phase('Failed', 'Running'), ending),
    want: { do: 'nothing', printable: 'Stopped' },
  },
  {
    name: 'Always, failed start counts',
    vm: vm(always),
    vmi: vmi(phase('Failed')),
    want: { do: 'delete', printable: 'CrashLoopBackOff', fails: 1, retry: '2026-01-01T12:00:10Z' },
  },
  {
    name: 'Always, second failed start',
    vm: vm(always, failedStarts(1, '2026-01-01T11:00:00Z')),
    vmi: vmi(phase('Failed')),
    want: { fails: 2, retry: '2026-01-01T12:00:40Z' },
  },
  {
    name: 'Always, a failed start counts once',
    vm: vm(
      always,
      status({
        startFailure: {
          consecutiveFailCount: 1,
          lastFailedVMIUID: 'vmi-uid',
          retryAfterTimestamp: '2026-01-01T12:00:05Z',
        },
      }),
    ),
    vmi: vmi(phase('Failed'), ending),
    want: { fails: 1, retry: '2026-01-01T12:00:05Z', printable: 'CrashLoopBackOff' },
  },
  {
    name: 'Always, backing off',
    vm: vm(always, failedStarts(2, '2026-01-01T12:00:05Z')),
    want: { do: 'wait', ms: 5000, printable: 'CrashLoopBackOff' },
  },
  {
    name: 'Always, back-off over',
    vm: vm(always, failedStarts(2, '2026-01-01T11:59:59Z')),
    want: { do: 'create', printable: 'Starting', fails: 2 },
  },
  {
    name: 'Always, restarting after back-off',
    vm: vm(always, failedStarts(2, '2026-01-01T11:59:59Z')),
    vmi: vmi(phase('Scheduling')),
    want: { do: 'nothing', fails: 2, printable: 'Starting' },
  },
  {
    name: 'Always, runs again: count cleared',
    vm: vm(always, failedStarts(2, '2026-01-01T11:59:59Z')),
    vmi: vmi(phase('Running')),
    want: { fails: undefined },
  },
  {
    name: 'Always, restart asked',
    vm: vm(always, requests(stop, start)),
    vmi: vmi(phase('Running')),
    want: { do: 'delete', printable: 'Stopping', requests: ['Stop', 'Start'] },
  },
  {
    name: 'Always, restart: instance gone',
    vm: vm(always, requests(stop, start)),
    want: { do: 'create', requests: ['Start'] },
  },
  {
    name: 'Always, restart: new instance',
    vm: vm(always, requests(start)),
    vmi: vmi(phase('Scheduling')),
    want: { do: 'nothing', requests: [] },
  },
  {
    name: 'a stop of another instance is dropped',
    vm: vm(always, requests(stopOther)),
    vmi: vmi(phase('Running')),
    want: { do: 'nothing', requests: [] },
  },
  {
    name: 'a stop without uid is dropped',
    vm: vm(manual, requests({ action: 'Stop' })),
    vmi: vmi(phase('Running')),
    want: { do: 'nothing', requests: [] },
  },

  {
    name: 'Halted, running',
    vm: vm(halted),
    vmi: vmi(phase('Running')),
    want: { do: 'delete', printable: 'Stopping' },
  },
  {
    name: 'Halted, final',
    vm: vm(halted),
    vmi: vmi(phase('Succeeded')),
    want: { do: 'delete', printable: 'Stopped' },
  },
  {
    name: 'Halted, ending',
    vm: vm(halted),
    vmi: vmi(phase('Running'), ending),
    want: { do: 'nothing', printable: 'Stopping' },
  },
  {
    name: 'Halted, paused start asked',
    vm: vm(halted, requests(pausedStart)),
    want: { do: 'switch-on', requests: ['Start'], printable: 'Starting' },
  },
  {
    name: 'Halted clears failures',
    vm: vm(halted, failedStarts(2, '2026-01-01T13:00:00Z')),
    want: { fails: undefined, printable: 'Stopped' },
  },

  { name: 'Manual, nothing asked', vm: vm(manual), want: { do: 'nothing', printable: 'Stopped' } },
  {
    name: 'Manual, start asked',
    vm: vm(manual, requests(start)),
    want: { do: 'create', printable: 'Starting', requests: ['Start'] },
  },
  {
    name: 'Manual, started',
    vm: vm(manual, requests(start)),
    vmi: vmi(),
    want: { do: 'nothing', requests: [] },
  },
  {
    name: 'Manual, started and ended before anyone looked',
    vm: vm(manual, requests(start)),
    vmi: vmi(phase('Failed')),
    want: { do: 'nothing', requests: [], printable: 'Stopped' },
  },
  {
    name: 'Halted, paused start asked while the former instance is about to go',
    vm: vm(halted, requests(pausedStart)),
    vmi: vmi(phase('Succeeded')),
    want: { do: 'delete', requests: ['Start'] },
  },
  {
    name: 'Manual, ended: kept',
    vm: vm(manual),
    vmi: vmi(phase('Succeeded', 'Running')),
    want: { do: 'nothing', printable: 'Stopped', created: true },
  },
  {
    name: 'Manual, start after end waits for the stop',
    vm: vm(manual, requests(stop, start)),
    vmi: vmi(phase('Succeeded')),
    want: { do: 'delete', requests: ['Stop', 'Start'] },
  },
  {
    name: 'Manual, stop asked',
    vm: vm(manual, requests(stop)),
    vmi: vmi(phase('Running')),
    want: { do: 'delete', printable: 'Stopping', requests: ['Stop'] },
  },
  {
    name: 'Manual, stopped',
    vm: vm(manual, requests(stop)),
    want: { do: 'nothing', requests: [], printable: 'Stopped' },
  },
  {
    name: 'Manual, failed start is not backed off',
    vm: vm(manual),
    vmi: vmi(phase('Failed')),
    want: { do: 'nothing', fails: undefined, printable: 'Stopped' },
  },

  { name: 'RerunOnFailure, newly chosen', vm: vm(rerun), want: { do: 'create' } },
  {
    name: 'RerunOnFailure, newly chosen while backing off: still to be started',
    vm: vm(rerun, inForce('Always'), failedStarts(1, '2026-01-01T12:00:07Z')),
    want: { do: 'wait', strategy: 'Always' },
  },
  {
    name: 'RerunOnFailure, in force and stopped',
    vm: vm(rerun, inForce('RerunOnFailure')),
    want: { do: 'nothing', printable: 'Stopped' },
  },
  {
    name: 'RerunOnFailure, start asked',
    vm: vm(rerun, inForce('RerunOnFailure'), requests(start)),
    want: { do: 'create' },
  },
  {
    name: 'RerunOnFailure, failed → replaced',
    vm: vm(rerun, inForce('RerunOnFailure')),
    vmi: vmi(phase('Failed', 'Running')),
    want: { do: 'replace', requests: ['Start'] },
  },
  {
    name: 'RerunOnFailure, failed, replacement already asked',
    vm: vm(rerun, inForce('RerunOnFailure'), requests(start)),
    vmi: vmi(phase('Failed', 'Running')),
    want: { do: 'replace', requests: ['Start'] },
  },
  {
    name: 'RerunOnFailure, failed start backs off',
    vm: vm(rerun, inForce('RerunOnFailure'), requests(start), failedStarts(1, '2026-01-01T12:00:03Z')),
    want: { do: 'wait', ms: 3000, printable: 'CrashLoopBackOff' },
  },
  {
    name: 'RerunOnFailure, succeeded',
    vm: vm(rerun, inForce('RerunOnFailure')),
    vmi: vmi(phase('Succeeded', 'Running')),
    want: { do: 'delete', requests: [], printable: 'Stopped' },
  },

  { name: 'Once, nothing there', vm: vm(once), want: { do: 'create' } },
  {
    name: 'Once, ended',
    vm: vm(once),
    vmi: vmi(phase('Failed', 'Running')),
    want: { do: 'nothing', printable: 'Stopped' },
  },
  { name: 'WaitAsReceiver is left alone', vm: vm(strategy('WaitAsReceiver')), want: { do: 'nothing' } },

  {
    name: 'paused',
    vm: vm(always),
    vmi: vmi(phase('Running'), condition('Paused', 'True')),
    want: { printable: 'Paused', conditions: ['Paused=True', 'Ready=False'] },
  },
  {
    name: 'unschedulable',
    vm: vm(always),
    vmi: vmi(phase('Scheduling'), condition('PodScheduled', 'False', 'Unschedulable')),
    want: { printable: 'ErrorUnschedulable' },
  },
  {
    name: 'image cannot be pulled',
    vm: vm(always),
    vmi: vmi(phase('Scheduling'), condition('Synchronized', 'False', 'ErrImagePull')),
    want: { printable: 'ErrImagePull' },
  },
  {
    name: 'image pull backs off',
    vm: vm(always),
    vmi: vmi(phase('Scheduling'), condition('Synchronized', 'False', 'ImagePullBackOff')),
    want: { printable: 'ImagePullBackOff' },
  },
  {
    name: 'conditions go with the instance',
    vm: vm(
      manual,
      status({
        conditions: [
          { type: 'Paused', status: 'True' },
          { type: 'Failure', status: 'True' },
        ],
      }),
    ),
    want: { conditions: ['Ready=False'] },
  },

  {
    name: 'name taken',
    vm: vm(always),
    vmi: vmi(phase('Running'), ownedByAnother),
    want: { do: 'nothing', failure: 'FailedCreate', created: false },
  },
  {
    name: 'name taken, halted: not ours to delete',
    vm: vm(halted),
    vmi: vmi(phase('Running'), ownedByAnother),
    want: { do: 'nothing' },
  },

  {
    name: 'an instance of nobody is adopted',
    vm: vm(always),
    vmi: vmi(phase('Running'), orphaned),
    want: { do: 'nothing', adopt: true, failure: undefined },
  },
  {
    name: 'an instance of nobody that ends is not adopted',
    vm: vm(always),
    vmi: vmi(phase('Running'), orphaned, ending),
    want: { do: 'nothing', adopt: false, failure: 'FailedCreate' },
  },
  {
    name: 'deleted: an instance of nobody is not adopted',
    vm: vm(always, meta({ deletionTimestamp: 'x' })),
    vmi: vmi(phase('Running'), orphaned),
    want: { do: 'nothing', adopt: false, finalizer: 'remove' },
  },

  {
    name: 'deleted: instance first',
    vm: vm(always, meta({ deletionTimestamp: 'x' })),
    vmi: vmi(phase('Running')),
    want: { do: 'delete', printable: 'Terminating', finalizer: 'keep' },
  },
  {
    name: 'deleted: instance ending',
    vm: vm(always, meta({ deletionTimestamp: 'x' })),
    vmi: vmi(phase('Running'), ending),
    want: { do: 'nothing', printable: 'Terminating', finalizer: 'keep' },
  },
  {
    name: 'deleted: instance gone',
    vm: vm(always, meta({ deletionTimestamp: 'x' })),
    want: { do: 'nothing', finalizer: 'remove' },
  },
  {
    name: 'deleted: foreign instance stays',
    vm: vm(always, meta({ deletionTimestamp: 'x' })),
    vmi: vmi(orphaned),
    want: { do: 'nothing', finalizer: 'remove' },
  },
  {
    name: 'deleted: orphaned instance stays',
    vm: vm(
      always,
      meta({
        deletionTimestamp: 'x',
        finalizers: ['orphan', 'kubevirt.io/virtualMachineControllerFinalize'],
      }),
    ),
    vmi: vmi(phase('Running')),
    want: { do: 'nothing', finalizer: 'remove' },
  },
];

for (const row of rows) {
  test(row.name, () => {
    const got = summary(decideVm({ vm: row.vm, vmi: row.vmi }, moment));
    const picked = Object.fromEntries(Object.keys(row.want).map((key) => [key, got[key as keyof Summary]]));
    assert.deepEqual(picked, row.want);
  });

  test(`${row.name}: the status settles`, () => {
    let current = row.vm;
    for (let round = 0; round < 3; round++) {
      current = { ...current, status: decideVm({ vm: current, vmi: row.vmi }, moment).status };
    }
    const later = { now: new Date(now.getTime() + 1000), random: 0.9 };
    assert.deepEqual(decideVm({ vm: current, vmi: row.vmi }, later).status, current.status);
  });
}

test('a refused instance is a Failure that names the cause, and the VM is not Starting', () => {
  const failed = decideFailure(
    { vm: vm(always), vmi: undefined },
    { reason: 'FailedCreate', message: 'quota' },
    moment,
  );
  assert.equal(conditionOf(failed.conditions, 'Failure')?.message, 'quota');
  assert.equal(failed.printableStatus, 'Stopped');
});

test('a strategy whose first start was refused is still to be started', () => {
  const chosen = vm(rerun, inForce('Manual'));
  const failed = decideFailure(
    { vm: chosen, vmi: undefined },
    { reason: 'FailedCreate', message: 'quota' },
    moment,
  );
  const { action } = decideVm({ vm: { ...chosen, status: failed }, vmi: undefined }, moment);
  assert.equal(action.do, 'create');
});
