/**
 * What start, stop and restart change, decided from VM, VMI and options alone.
 * Codes, words and written fields are those of KubeVirt's REST API.
 */
import { runStrategyOf } from '../api/run-strategy.ts';
import type { RunStrategy } from '../api/run-strategy.ts';
import type { Vm, Vmi } from '../api/types.ts';
import type { JsonPatchOperation } from '../kube/types.ts';
import { isConditionTrue } from '../status/conditions.ts';
import { badRequest, conflict, internal } from './refusal.ts';
import type { Subject } from './refusal.ts';
import { isFinal } from '../pod/facts.ts';

/** The writes a request asks for, in this order. */
export interface PowerPlan {
  vmiSpec?: JsonPatchOperation[];
  vmSpec?: JsonPatchOperation[];
  vmStatus?: JsonPatchOperation[];
}

interface StateChangeRequest {
  action: 'Start' | 'Stop';
  data?: Record<string, string>;
  uid?: string;
}

const notStartedPhases: ReadonlySet<string | undefined> = new Set([undefined, '', 'Unknown']);
const subjectOf = (vm: Vm): Subject => ({ kind: 'virtualmachine', name: vm.metadata.name });

/**
 * Decides a start.
 * @throws HttpError 409 when the VM runs already or its strategy takes no manual start, 500 while another
 * request is under way.
 */
export function planStart(vm: Vm, vmi: Vmi | undefined, options: { paused: boolean }): PowerPlan {
  if (vmi !== undefined && hasStarted(vmi)) throw conflict(subjectOf(vm), 'VM is already running');
  refuseWhileTrue(vm, 'ManualRecoveryRequired');
  const start: StateChangeRequest = options.paused
    ? { action: 'Start', data: { paused: 'true' } }
    : { action: 'Start' };
  const strategy = runStrategyOf(vm);
  if (strategy === 'Halted' && !options.paused) return { vmSpec: setRunning(vm, true) };
  if (strategy === 'Halted') return { vmStatus: requestChange(vm, [start]) };
  if (strategy === 'Manual' || strategy === 'RerunOnFailure') {
    return { vmStatus: requestChange(vm, startAfter(vm, vmi, start)) };
  }
  throw conflict(subjectOf(vm), `${strategy} does not support manual start requests`);
}

/** Conditions that a VM brings along from a KubeVirt that moved its volumes. */
function refuseWhileTrue(vm: Vm, type: 'ManualRecoveryRequired' | 'VolumesChange'): void {
  if (!isConditionTrue(vm.status?.conditions, type)) return;
  throw conflict(
    subjectOf(vm),
    'VM recovery required: Volume migration failed, leaving some volumes pointing to non-consistent targets; manual intervention is needed to reassign them to their original volumes.',
  );
}

const hasStarted = (vmi: Vmi): boolean => !isFinal(vmi) && !notStartedPhases.has(vmi.status?.phase);

/** The old instance, if there is one, has to go before the new one comes. */
function startAfter(vm: Vm, vmi: Vmi | undefined, start: StateChangeRequest): StateChangeRequest[] {
  if (vmi === undefined || !isFinal(vmi)) return [start];
  if (runStrategyOf(vm) === 'RerunOnFailure' && vmi.status?.phase === 'Failed') {
    throw conflict(subjectOf(vm), 'RerunOnFailure does not support starting VM from failed state');
  }
  return [stopOf(vmi), start];
}

/**
 * Decides a stop.
 * @param options.gracePeriod seconds the guest gets to shut down, instead of the VMI's own.
 * @throws HttpError 409 when nothing runs, 400 for a negative grace period.
 */
export function planStop(vm: Vm, vmi: Vmi | undefined, options: { gracePeriod?: number }): PowerPlan {
  const grace = options.gracePeriod;
  if (grace !== undefined && grace < 0) throw badRequest('gracePeriod has to be greater or equal to 0');
  const running = vmi === undefined || isFinal(vmi) ? undefined : vmi;
  const shorten = running === undefined || grace === undefined ? {} : { vmiSpec: setGrace(running, grace) };
  if (haltsBySpec.has(runStrategyOf(vm))) return { ...shorten, vmSpec: setRunning(vm, false) };
  return { ...shorten, vmStatus: stopRunning(vm, running, grace) };
}

const haltsBySpec: ReadonlySet<RunStrategy> = new Set(['Always', 'Once']);

function stopRunning(vm: Vm, running: Vmi | undefined, grace: number | undefined): JsonPatchOperation[] {
  if (running === undefined) throw conflict(subjectOf(vm), 'VM is not running');
  if (runStrategyOf(vm) === 'Halted' && !isShorter(grace, running)) {
    throw conflict(subjectOf(vm), 'Halted only supports manual stop requests with a shorter graceperiod');
  }
  return requestChange(vm, [stopOf(running)]);
}

/**
 * Decides a restart. A forced one (grace period 0) gives the guest one second, as upstream does.
 * @throws HttpError 409 when nothing runs or the strategy takes no restart, 400 for another grace period, 500
 * while another request is under way.
 */
export function planRestart(
  vm: Vm,
  vmi: Vmi | undefined,
  options: { gracePeriodSeconds?: number },
): PowerPlan {
  const grace = options.gracePeriodSeconds;
  if (grace !== undefined && grace > 0) {
    throw badRequest('For force restart, only gracePeriod=0 is supported for now');
  }
  if (grace !== undefined && grace < 0) throw badRequest('gracePeriod has to be greater or equal to 0');
  refuseWhileTrue(vm, 'VolumesChange');
  const strategy = runStrategyOf(vm);
  if (strategy === 'Halted' || strategy === 'Once') {
    // KubeVirt's own spelling; scripts match on it.
    throw conflict(subjectOf(vm), `RunStategy ${strategy} does not support manual restart requests`);
  }
  if (vmi === undefined) throw conflict(subjectOf(vm), 'VM is not running: Halted');
  return {
    ...(grace === 0 ? { vmiSpec: setGrace(vmi, 1) } : {}),
    vmStatus: requestChange(vm, [stopOf(vmi), { action: 'Start' }]),
  };
}

const stopOf = (vmi: Vmi): StateChangeRequest => ({ action: 'Stop', uid: vmi.metadata.uid });

function isShorter(grace: number | undefined, vmi: Vmi): boolean {
  return grace !== undefined && grace < (vmi.spec.terminationGracePeriodSeconds ?? 30);
}

/** Switches whichever of the two fields the user chose to write. */
function setRunning(vm: Vm, running: boolean): JsonPatchOperation[] {
  if (vm.spec.running !== undefined) {
    return [
      { op: 'test', path: '/spec/running', value: vm.spec.running },
      { op: 'replace', path: '/spec/running', value: running },
    ];
  }
  const value = running ? 'Always' : 'Halted';
  if (vm.spec.runStrategy === undefined) return [{ op: 'add', path: '/spec/runStrategy', value }];
  return [
    { op: 'test', path: '/spec/runStrategy', value: vm.spec.runStrategy },
    { op: 'replace', path: '/spec/runStrategy', value },
  ];
}

function setGrace(vmi: Vmi, seconds: number): JsonPatchOperation[] {
  const path = '/spec/terminationGracePeriodSeconds';
  const current = vmi.spec.terminationGracePeriodSeconds;
  if (current === undefined) return [{ op: 'add', path, value: seconds }];
  return [
    { op: 'test', path, value: current },
    { op: 'replace', path, value: seconds },
  ];
}

/**
 * Hands the change to the controller through the status; refused while an earlier one is under way, except
 * that a stop takes the place of whatever was asked before. What a user asks for is not backed off from.
 */
function requestChange(vm: Vm, requests: StateChangeRequest[]): JsonPatchOperation[] {
  const { status } = vm;
  if ((status?.stateChangeRequests ?? []).length > 0 && !isLoneStop(requests)) {
    // KubeVirt answers 500 here, in these words.
    throw internal('Internal error occurred: unable to complete request: stop/start already underway');
  }
  const version = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: vm.metadata.resourceVersion,
  } as const;
  if (status === undefined) {
    return [version, { op: 'add', path: '/status', value: { stateChangeRequests: requests } }];
  }
  const forget = { op: 'remove', path: '/status/startFailure' } as const;
  return [
    version,
    { op: 'add', path: '/status/stateChangeRequests', value: requests },
    ...(status.startFailure === undefined ? [] : [forget]),
  ];
}

const isLoneStop = (requests: readonly { action: string }[]): boolean =>
  requests.length === 1 && requests[0]?.action === 'Stop';
