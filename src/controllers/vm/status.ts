/** A VM's status after a decision. Pure. */
import type { Condition, Vm, Vmi, VmStatus } from '../../api/types.ts';
import { annotations } from '../../api/constants.ts';
import { conditionOf, isConditionTrue, withCondition, withoutCondition } from '../../status/conditions.ts';
import { startFailure } from './backoff.ts';
import { templateAnnotation, templateDigest } from './instance.ts';
import { printableStatus } from './printable-status.ts';
import { pendingRequests } from './requests.ts';
import type { Requests } from './requests.ts';
import { runStrategyOf } from '../../api/run-strategy.ts';
import type { Action } from './strategy.ts';

export interface Failure {
  reason: string;
  message: string;
}

export interface VmStatusInput {
  vm: Vm;
  vmi: Vmi | undefined;
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
  return {
    ...vm.status,
    created: vmi !== undefined,
    ready: isConditionTrue(vmi?.status?.conditions, 'Ready'),
    printableStatus: printableStatus({
      ...input,
      startFailure: failure,
      failed: input.failure !== undefined,
    }),
    conditions: conditions(input),
    stateChangeRequests: requests.length === 0 ? undefined : requests,
    startFailure: failure,
    ...strategyPart(vm, vmi),
    ...generationPart(vm, vmi),
  };
}

/** From the first instance on, so that a strategy that was just chosen can be told from one in force. */
function strategyPart(vm: Vm, vmi: Vmi | undefined): VmStatus {
  const seenBefore = vm.status?.runStrategy !== undefined;
  return seenBefore || vmi !== undefined ? { runStrategy: runStrategyOf(vm) } : {};
}

function generationPart(vm: Vm, vmi: Vmi | undefined): VmStatus {
  const desiredGeneration = vm.metadata.generation;
  if (desiredGeneration === undefined) return {};
  if (vmi === undefined || !isOutdated(vm, vmi)) {
    return { desiredGeneration, observedGeneration: desiredGeneration };
  }
  const made = Number(vmi.metadata.annotations?.[annotations.vmGeneration]);
  return { desiredGeneration, ...(Number.isInteger(made) ? { observedGeneration: made } : {}) };
}

function isOutdated(vm: Vm, vmi: Vmi): boolean {
  const madeFrom = vmi.metadata.annotations?.[templateAnnotation];
  return madeFrom !== undefined && madeFrom !== templateDigest(vm);
}

function nextRequests({ vm, vmi, action }: VmStatusInput): Requests {
  const pending = pendingRequests(vm, vmi);
  const asked = pending.some((request) => request.action === 'Start');
  return action.do === 'replace' && !asked ? [...pending, { action: 'Start' }] : pending;
}

/** Conditions that are the VM's own; all others are copies of the instance's. */
const own = new Set(['Ready', 'Failure', 'RestartRequired', 'ManualRecoveryRequired']);

function conditions(input: VmStatusInput): Condition[] {
  const current = (input.vm.status?.conditions ?? []) as Condition[];
  return withRestartRequired(withFailure(withReady(withCopies(current, input), input), input), input);
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

function withRestartRequired(list: Condition[], { vm, vmi, now }: VmStatusInput): Condition[] {
  if (vmi === undefined || !isOutdated(vm, vmi)) return withoutCondition(list, 'RestartRequired');
  const message = 'the template has changed since the guest was started; restart the VM to apply it';
  return withCondition(
    list,
    { type: 'RestartRequired', status: 'True', reason: 'TemplateChanged', message },
    now,
  );
}
