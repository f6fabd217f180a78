/** A VM's status after a decision. Pure. */
import type { Condition, Vm, Vmi, VmStatus } from '../../api/types.ts';
import { conditionOf, isConditionTrue, withCondition, withoutCondition } from '../../status/conditions.ts';
import { startFailure } from './backoff.ts';
import type { VolumesWord } from './data-volumes.ts';
import { driftOf, restartMessage } from './drift.ts';
import type { Drift } from './drift.ts';
import { printableStatus } from './printable-status.ts';
import { pendingRequests } from './requests.ts';
import type { Requests } from './requests.ts';
import type { VmSpec } from './start-spec.ts';
import { volumeSnapshotStatuses } from './volume-snapshots.ts';
import { runStrategyOf } from '../../api/run-strategy.ts';
import type { Action } from './strategy.ts';
import { generationOf } from './vmi-facts.ts';

export interface Failure {
  reason: string;
  message: string;
}

export interface VmStatusInput {
  vm: Vm;
  vmi: Vmi | undefined;
  /** What the instance was started from, when that is known and may differ from what the VM is now. */
  started?: VmSpec | undefined;
  /** How the DataVolumes are that it brings along, while no instance says it. */
  volumes?: VolumesWord | undefined;
  action: Action;
  failure?: Failure | undefined;
  now: Date;
  /** In [0, 1): see `startDelaySeconds`. */
  random: number;
}

/** The whole status; fields that other features own stay as they are. */
export function nextVmStatus(input: VmStatusInput): VmStatus {
  const { vm, vmi } = input;
  const failure = startFailure(vm, vmi, input);
  const requests = nextRequests(input);
  const drift = vmi === undefined ? undrifted : driftOf(vm, vmi, input.started);
  return {
    ...vm.status,
    created: vmi !== undefined,
    ready: isConditionTrue(vmi?.status?.conditions, 'Ready'),
    printableStatus: printableStatus({
      ...input,
      startFailure: failure,
      failed: input.failure !== undefined,
    }),
    conditions: conditions(input, drift),
    stateChangeRequests: requests.length === 0 ? undefined : requests,
    startFailure: failure,
    volumeSnapshotStatuses: volumeSnapshotStatuses(vm),
    ...strategyPart(input),
    ...generationPart(input, drift),
  };
}

/** Of a VM without an instance: nothing runs that could be out of date. */
const undrifted: Drift = { changed: [], current: true };

/**
 * From the first instance on, so that a strategy that was just chosen can be told from one in force: that is
 * what a start depends on, which must not be forgotten while it waits or fails.
 */
function strategyPart({ vm, vmi, action, failure }: VmStatusInput): VmStatus {
  const seenBefore = vm.status?.runStrategy !== undefined;
  const startDue =
    vmi === undefined && (failure !== undefined || action.do === 'wait' || action.do === 'create');
  return (seenBefore && !startDue) || vmi !== undefined ? { runStrategy: runStrategyOf(vm) } : {};
}

function generationPart({ vm, vmi, failure }: VmStatusInput, drift: Drift): VmStatus {
  const { generation } = vm.metadata;
  if (generation === undefined) return {};
  // What this generation asks for beside the instance is still to be had: see `dataVolumesAreDue`.
  if (vmi !== undefined && failure !== undefined) return { desiredGeneration: generation };
  if (vmi === undefined || drift.current) {
    return { desiredGeneration: generation, observedGeneration: generation };
  }
  const made = Number(generationOf(vmi));
  return { desiredGeneration: generation, ...(Number.isInteger(made) ? { observedGeneration: made } : {}) };
}

function nextRequests({ vm, vmi, action }: VmStatusInput): Requests {
  const pending = pendingRequests(vm, vmi);
  const asked = pending.some((request) => request.action === 'Start');
  return action.do === 'replace' && !asked ? [...pending, { action: 'Start' }] : pending;
}

/** Conditions that are the VM's own; all others are copies of the instance's. */
const own = new Set(['Ready', 'Failure', 'RestartRequired', 'ManualRecoveryRequired']);

function conditions(input: VmStatusInput, drift: Drift): Condition[] {
  const current = (input.vm.status?.conditions ?? []) as Condition[];
  const list = withFailure(withReady(withCopies(current, input), input), input);
  return withRestartRequired(list, drift, input.now);
}

function withCopies(current: Condition[], { vmi }: VmStatusInput): Condition[] {
  const copied = ((vmi?.status?.conditions ?? []) as Condition[]).filter(({ type }) => !own.has(type));
  return [...current.filter(({ type }) => own.has(type)), ...copied];
}

function withReady(list: Condition[], { vmi, now }: VmStatusInput): Condition[] {
  const ready = conditionOf(vmi?.status?.conditions, 'Ready');
  if (ready !== undefined) {
    const kept = withoutCondition(list, 'Ready');
    return [ready, ...kept];
  }
  const [reason, message] =
    vmi === undefined
      ? ['VMINotExists', 'VMI does not exist']
      : ['VMIConditionMissing', 'VMI has no Ready condition yet'];
  return withCondition(list, { type: 'Ready', status: 'False', reason, message }, now);
}

function withFailure(list: Condition[], { failure, now }: VmStatusInput): Condition[] {
  if (failure === undefined) return withoutCondition(list, 'Failure');
  return withCondition(list, { type: 'Failure', status: 'True', ...failure }, now);
}

function withRestartRequired(list: Condition[], { changed }: Drift, now: Date): Condition[] {
  if (changed.length === 0) return withoutCondition(list, 'RestartRequired');
  return withCondition(
    list,
    {
      type: 'RestartRequired',
      status: 'True',
      reason: 'TemplateChanged',
      message: restartMessage(changed),
    },
    now,
  );
}
