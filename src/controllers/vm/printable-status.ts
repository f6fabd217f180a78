/** The one word that `kubectl get vm` shows. First match wins, in KubeVirt's order. Pure. */
import type { Vm, VmStatus, Vmi } from '../../api/types.ts';
import { conditionOf, isConditionTrue } from '../../status/conditions.ts';
import type { VolumesWord } from './data-volumes.ts';
import type { Action } from './strategy.ts';
import { wantsInstance } from './strategy.ts';
import { restartsByItself, runStrategyOf } from '../../api/run-strategy.ts';
import { isEnding } from './vmi-facts.ts';
import { isFinal } from '../../pod/facts.ts';

export interface PrintableInput {
  vm: Vm;
  vmi: Vmi | undefined;
  /** What is being done in this step. */
  action: Action;
  startFailure: VmStatus['startFailure'];
  /** Why no instance could be created. */
  failed: boolean;
  /** How the DataVolumes are that it brings along, while no instance says it. */
  volumes?: VolumesWord | undefined;
}

type Check = (input: PrintableInput) => boolean;

/** A check on an instance; false when there is none. */
const onVmi =
  (check: (vmi: Vmi, input: PrintableInput) => boolean): Check =>
  (input) =>
    input.vmi !== undefined && check(input.vmi, input);

const outOfSync = (reason: string): Check =>
  onVmi((vmi) => {
    const condition = conditionOf(vmi.status?.conditions, 'Synchronized');
    return condition?.status === 'False' && condition.reason === reason;
  });

/** Before there is an instance: those of a VM that is off are filled too. */
const bringing =
  (word: VolumesWord): Check =>
  ({ vmi, volumes }) =>
    vmi === undefined && volumes === word;

const isPaused = (vmi: Vmi): boolean => isConditionTrue(vmi.status?.conditions, 'Paused');
const isRunning = (vmi: Vmi): boolean => vmi.status?.phase === 'Running';

const stopping: Check = onVmi(
  (vmi, { action }) => !isFinal(vmi) && (isEnding(vmi) || action.do === 'delete'),
);
const migrating: Check = onVmi((vmi) => {
  const state = vmi.status?.migrationState;
  return state !== undefined && state.completed !== true && state.failed !== true;
});
const unschedulable: Check = onVmi((vmi) => {
  const condition = conditionOf(vmi.status?.conditions, 'PodScheduled');
  return condition?.status === 'False' && condition.reason === 'Unschedulable';
});
const starting: Check = ({ vmi, action, failed }) => {
  if (vmi === undefined) return wantsInstance(action) && !failed;
  return ['', 'Pending', 'Scheduling', 'Scheduled'].includes(vmi.status?.phase ?? '');
};
const crashLoop: Check = ({ vm, vmi, action, startFailure }) => {
  if ((vmi !== undefined && !isFinal(vmi)) || action.do === 'create') return false;
  return startFailure !== undefined && restartsByItself(runStrategyOf(vm));
};
const stopped: Check = ({ vmi }) => vmi === undefined || isFinal(vmi);

const checks: readonly [string, Check][] = [
  ['Terminating', ({ vm }) => vm.metadata.deletionTimestamp !== undefined],
  ['Stopping', stopping],
  ['Migrating', migrating],
  ['Paused', onVmi((vmi) => isRunning(vmi) && isPaused(vmi))],
  ['Running', onVmi((vmi) => isRunning(vmi) && !isPaused(vmi))],
  ['ErrorPvcNotFound', outOfSync('FailedPvcNotFound')],
  ['DataVolumeError', outOfSync('DataVolumeError')],
  ['DataVolumeError', bringing('DataVolumeError')],
  ['ErrorUnschedulable', unschedulable],
  ['Provisioning', outOfSync('DataVolumeNotReady')],
  ['Provisioning', bringing('Provisioning')],
  ['WaitingForVolumeBinding', outOfSync('WaitForFirstConsumer')],
  ['ErrImagePull', outOfSync('ErrImagePull')],
  ['ImagePullBackOff', outOfSync('ImagePullBackOff')],
  ['Starting', starting],
  ['CrashLoopBackOff', crashLoop],
  ['Stopped', stopped],
  ['WaitingForReceiver', onVmi((vmi) => vmi.status?.phase === 'WaitingForSync')],
];

export function printableStatus(input: PrintableInput): string {
  return checks.find(([, check]) => check(input))?.[0] ?? 'Unknown';
}
