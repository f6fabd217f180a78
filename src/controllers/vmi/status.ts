/** The parts of a VMI's status that the controller owns. Pure. */
import { conditionOf, timestamp, withCondition, withoutCondition } from '../../status/conditions.ts';
import { annotations, launcherUser } from '../../api/constants.ts';
import { virtualMachines } from '../../api/kinds.ts';
import { startRevisionName } from '../../api/revision-names.ts';
import type { Condition, Pod, Vmi, VmiPhase, VmiStatus } from '../../api/types.ts';
import { isOver, isTerminating } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { startProblem, startProblemReasons } from './pod-problems.ts';
import type { PodProblem } from './pod-problems.ts';
import { explainUnschedulable } from './unschedulable.ts';

/** Reasons of condition Synchronized that the controller sets; any other is the node agent's. */
const ownSyncReasons = new Set([...startProblemReasons, 'FailedCreate', 'PodNameTaken']);

export interface StatusInput {
  vmi: Vmi;
  pod: Pod | undefined;
  phase: VmiPhase | undefined;
  /** Why no pod could be created. */
  createFailure?: PodProblem | undefined;
  /** CamelCase reason of a phase that is an end. */
  reason?: string | undefined;
  now: Date;
}

/** The status to be written: everything the controller owns recomputed, everything else as it was. */
export function nextStatus(input: StatusInput): VmiStatus {
  const { vmi, pod, phase, now } = input;
  const status: VmiStatus = { ...vmi.status };
  if (phase !== undefined && phase !== status.phase) {
    status.phase = phase;
    status.phaseTransitionTimestamps = [
      ...(status.phaseTransitionTimestamps ?? []),
      { phase, phaseTransitionTimestamp: timestamp(now) },
    ] as NonNullable<VmiStatus['phaseTransitionTimestamps']>;
    if (phase === 'Scheduled') Object.assign(status, placement(pod));
  }
  if (input.reason !== undefined) status.reason = input.reason;
  const qosClass = pod?.status?.qosClass as VmiStatus['qosClass'];
  return {
    ...startFacts(vmi),
    ...status,
    ...(qosClass === undefined ? {} : { qosClass }),
    activePods: activePods(pod, status.phase),
    conditions: conditions(input),
  };
}

/** What is known before a guest runs. */
function startFacts(vmi: Vmi): VmiStatus {
  const { cpu, memory } = vmi.spec.domain;
  const guest = memory?.guest;
  return {
    ...revision(vmi),
    runtimeUser: launcherUser,
    currentCPUTopology: {
      sockets: cpu?.sockets ?? 1,
      cores: cpu?.cores ?? 1,
      threads: cpu?.threads ?? 1,
    },
    ...(guest === undefined
      ? {}
      : { memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest } }),
  };
}

/** The record that the VM left when it made this instance; the generation that an instance carries may change later. */
function revision({ metadata: { ownerReferences = [], annotations: notes } }: Vmi): VmiStatus {
  const generation = notes?.[annotations.vmGeneration];
  const vm = ownerReferences.find(
    ({ controller, kind }) => controller === true && kind === virtualMachines.kind,
  );
  if (vm === undefined || generation === undefined) return {};
  return { virtualMachineRevisionName: startRevisionName(vm.uid, generation) };
}

function placement(pod: Pod | undefined): VmiStatus {
  const image = pod?.spec?.containers.find((container) => container.name === computeContainerName)?.image;
  const nodeName = pod?.spec?.nodeName;
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(image === undefined ? {} : { launcherContainerImageVersion: image }),
  };
}

/** Uid → node of the pod while it may hold the guest. The node follows with Scheduled: one write less. */
function activePods(pod: Pod | undefined, phase: string | undefined): Record<string, string> {
  if (pod === undefined || isOver(pod)) return {};
  const node = phase === 'Scheduling' ? undefined : pod.spec?.nodeName;
  return { [pod.metadata.uid]: node ?? '' };
}

function conditions(input: StatusInput): Condition[] {
  const current = (input.vmi.status?.conditions ?? []) as Condition[];
  const ready = withCondition(current, readyCondition(input), input.now);
  return withScheduled(withSynchronized(ready, input), input);
}

type Wanted = Omit<Condition, 'lastTransitionTime' | 'lastProbeTime'>;

function readyCondition({ pod, phase }: StatusInput): Wanted {
  const notReady = (reason: string, message: string): Wanted => ({
    type: 'Ready',
    status: 'False',
    reason,
    message,
  });
  if (pod === undefined) return notReady('PodNotExists', 'the launcher pod does not exist');
  if (isTerminating(pod) || isOver(pod)) return notReady('PodTerminating', 'the launcher pod is ending');
  if (phase !== 'Running') return notReady('GuestNotRunning', 'the guest is not running');
  const ready = conditionOf(pod.status?.conditions, 'Ready');
  if (ready === undefined) return notReady('PodConditionMissing', 'the launcher pod has no Ready condition');
  return {
    type: 'Ready',
    status: ready.status,
    ...(ready.reason === undefined ? {} : { reason: ready.reason }),
    ...(ready.message === undefined ? {} : { message: ready.message }),
  };
}

function withSynchronized(list: Condition[], { pod, phase, createFailure, now }: StatusInput): Condition[] {
  const problem =
    createFailure ?? (phase === 'Scheduling' && pod !== undefined ? startProblem(pod) : undefined);
  if (problem !== undefined)
    return withCondition(list, { type: 'Synchronized', status: 'False', ...problem }, now);
  const own = ownSyncReasons.has(conditionOf(list, 'Synchronized')?.reason ?? '');
  return own ? withoutCondition(list, 'Synchronized') : list;
}

/** A pod that found no node says so on the VMI; one that found a node needs no condition. */
function withScheduled(list: Condition[], { pod, now }: StatusInput): Condition[] {
  const scheduled = conditionOf(pod?.status?.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False') return withoutCondition(list, 'PodScheduled');
  const message = explainUnschedulable(scheduled.message ?? '');
  const reason = scheduled.reason ?? 'Unschedulable';
  return withCondition(list, { type: 'PodScheduled', status: 'False', reason, message }, now);
}
