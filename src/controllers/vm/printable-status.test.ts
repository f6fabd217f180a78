import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vmi } from '../../api/types.ts';
import { printableStatus } from './printable-status.ts';
import type { PrintableInput } from './printable-status.ts';
import { condition, ending, meta, phase, strategy, vm, vmi } from './testing/build.ts';

const input = (part: Partial<PrintableInput>): PrintableInput => ({
  vm: vm(strategy('Always')),
  vmi: undefined,
  action: { do: 'nothing' },
  startFailure: undefined,
  failed: false,
  ...part,
});
const migrating = (given: Vmi): Vmi => ({ ...given, status: { ...given.status, migrationState: {} } });
const scheduling = phase('Scheduling');
const outOfSync = (reason: string) => condition('Synchronized', 'False', reason);
const unschedulable = condition('PodScheduled', 'False', 'Unschedulable');
const paused = condition('Paused', 'True');
const failure = { consecutiveFailCount: 1 };

/** In KubeVirt's order: each row has what the rows below it have as well, where one object can. */
const rows: { want: string; input: Partial<PrintableInput> }[] = [
  {
    want: 'Terminating',
    input: {
      vm: vm(meta({ deletionTimestamp: 'x' })),
      vmi: vmi(phase('Running'), ending, migrating, paused),
    },
  },
  { want: 'Stopping', input: { vmi: vmi(phase('Running'), ending, migrating, paused) } },
  { want: 'Stopping', input: { vmi: vmi(phase('Running')), action: { do: 'delete' } } },
  { want: 'Migrating', input: { vmi: vmi(phase('Running'), migrating, paused) } },
  { want: 'Paused', input: { vmi: vmi(phase('Running'), paused) } },
  { want: 'Running', input: { vmi: vmi(phase('Running'), outOfSync('ErrImagePull'), unschedulable) } },
  {
    want: 'ErrorPvcNotFound',
    input: { vmi: vmi(scheduling, outOfSync('FailedPvcNotFound'), unschedulable) },
  },
  { want: 'DataVolumeError', input: { vmi: vmi(scheduling, outOfSync('DataVolumeError'), unschedulable) } },
  { want: 'ErrorUnschedulable', input: { vmi: vmi(scheduling, outOfSync('ErrImagePull'), unschedulable) } },
  { want: 'Provisioning', input: { vmi: vmi(phase('Pending'), outOfSync('DataVolumeNotReady')) } },
  {
    want: 'WaitingForVolumeBinding',
    input: { vmi: vmi(phase('Pending'), outOfSync('WaitForFirstConsumer')) },
  },
  { want: 'ErrImagePull', input: { vmi: vmi(scheduling, outOfSync('ErrImagePull')) } },
  { want: 'ImagePullBackOff', input: { vmi: vmi(scheduling, outOfSync('ImagePullBackOff')) } },
  { want: 'Starting', input: { vmi: vmi(scheduling, outOfSync('FailedMount')) } },
  { want: 'Starting', input: { action: { do: 'create' }, startFailure: failure } },
  { want: 'CrashLoopBackOff', input: { startFailure: failure } },
  { want: 'CrashLoopBackOff', input: { vmi: vmi(phase('Failed')), startFailure: failure } },
  { want: 'Stopped', input: { vm: vm(strategy('Manual')), startFailure: failure } },
  { want: 'Stopped', input: { vmi: vmi(phase('Succeeded')) } },
  { want: 'Stopped', input: { action: { do: 'create' }, failed: true } },
  { want: 'WaitingForReceiver', input: { vmi: vmi(phase('WaitingForSync')) } },
  { want: 'Unknown', input: { vmi: vmi(phase('Unknown')) } },
];
for (const [index, row] of rows.entries())
  test(`printable status ${index + 1}: ${row.want}`, () =>
    assert.equal(printableStatus(input(row.input)), row.want));
