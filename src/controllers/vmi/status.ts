/** The parts of a VMI's status that the controller owns. Pure. */
import { conditionOf, timestamp, withCondition, withoutCondition } from '../../status/conditions.ts';
import { annotations, launcherUser } from '../../api/constants.ts';
import { virtualMachines } from '../../api/kinds.ts';
import { startRevisionName } from '../../api/revision-names.ts';
import type { Condition, Pod, Vmi, VmiPhase, VmiStatus } from '../../api/types.ts';
import { isOver } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { claimProblemReasons, dataVolumeReasons } from './claims/problem.ts';
import { volumeStatuses } from './claims/volume-status.ts';
import { readyCondition } from '../../pod/ready.ts';
import { guaranteeProblem, isAboutSameImage, startProblem, startProblemReasons } from './pod-problems.ts';
import type { PodProblem } from './pod-problems.ts';
import { stuckReasons } from './stuck.ts';
import { explainUnschedulable } from './unschedulable.ts';

/** Reasons of condition Synchronized that the controller sets; any other is the node agent's. */
const ownSyncReasons = new Set<string>([
  ...startProblemReasons,
  ...stuckReasons,
  ...claimProblemReasons,
  'FailedCreate',
  'PodNameTaken',
]);

export interface StatusInput {
  vmi: Vmi;
  pod: Pod | undefined;
  phase: VmiPhase | undefined;
  /** Why no pod could be created. */
  createFailure?: PodProblem | undefined;
  /** Why its pod does not get as far as its containers. */
  trouble?: PodProblem | undefined;
  /** Why the phase is an end. */
  end?: PodProblem | undefined;
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
  if (input.end !== undefined) status.reason = input.end.reason;
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
  const volumeStatus = volumeStatuses(vmi);
  return {
    ...revision(vmi),
    ...(volumeStatus === undefined ? {} : { volumeStatus }),
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
  const ready = withCondition(current, readyCondition(input.pod, input.phase), input.now);
  const known = withScheduled(withSynchronized(ready, input), input);
  return withEviction(withDataVolumes(known, input), input);
}

function withSynchronized(list: Condition[], input: StatusInput): Condition[] {
  const problem = problemOf(input);
  const current = conditionOf(list, 'Synchronized');
  if (problem === undefined) {
    return ownSyncReasons.has(current?.reason ?? '') ? withoutCondition(list, 'Synchronized') : list;
  }
  if (isOldNews(input, current, problem) || agentSaid(input, current)) return list;
  return withCondition(list, { type: 'Synchronized', status: 'False', ...problem }, input.now);
}

/** What the node agent said of a guest's start is closer to the cause than how its pod ended. */
const agentSaid = ({ end }: StatusInput, current: Condition | undefined): boolean =>
  end !== undefined && current?.status === 'False' && !ownSyncReasons.has(current.reason ?? '');

function problemOf({ vmi, pod, phase, createFailure, trouble, end }: StatusInput): PodProblem | undefined {
  if (end !== undefined) return end;
  if (createFailure !== undefined || phase !== 'Scheduling' || pod === undefined) return createFailure;
  return startProblem(pod) ?? trouble ?? guaranteeProblem(vmi, pod);
}

/** How long each attempt to pull is shown, in milliseconds from the pod's creation: tools watch for them. */
const showAttemptsMs = 3 * 60_000;

/** A pull that backs off fails again at each attempt, and then backs off again: in time that says nothing new. */
function isOldNews({ pod, now }: StatusInput, current: Condition | undefined, problem: PodProblem): boolean {
  const age = now.getTime() - Date.parse(pod?.metadata.creationTimestamp ?? '');
  return (
    current?.reason === 'ImagePullBackOff' &&
    problem.reason === 'ErrImagePull' &&
    age > showAttemptsMs &&
    isAboutSameImage(current.message ?? '', problem.message)
  );
}

/** A pod that found no node says so on the VMI; one that found a node needs no condition. */
function withScheduled(list: Condition[], { pod, now }: StatusInput): Condition[] {
  const scheduled = conditionOf(pod?.status?.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False') return withoutCondition(list, 'PodScheduled');
  const message = explainUnschedulable(scheduled.message ?? '', pod?.spec?.nodeSelector);
  const reason = scheduled.reason ?? 'Unschedulable';
  return withCondition(list, { type: 'PodScheduled', status: 'False', reason, message }, now);
}

/** What is known of DataVolumes before the pod is made; that there is a pod says that all of them were filled. */
function withDataVolumes(list: Condition[], { vmi, pod, createFailure, now }: StatusInput): Condition[] {
  if (vmi.spec.volumes?.some(({ dataVolume }) => dataVolume !== undefined) !== true) return list;
  const waits = createFailure !== undefined && dataVolumeReasons.has(createFailure.reason);
  if (!waits && pod === undefined) return list;
  const wanted = waits
    ? ({ status: 'False', reason: 'NotAllDVsReady', message: createFailure.message } as const)
    : ({ status: 'True', reason: 'AllDVsReady', message: 'all DataVolumes are filled' } as const);
  const known = withCondition(list, { type: 'DataVolumesReady', ...wanted }, now);
  return waits
    ? withCondition(known, { type: 'Provisioning', status: 'True' }, now)
    : withoutCondition(known, 'Provisioning');
}

/** Somebody wants the guest off its node. */
function withEviction(list: Condition[], { vmi, now }: StatusInput): Condition[] {
  const node = vmi.status?.evacuationNodeName ?? '';
  if (node === '') return withoutCondition(list, 'EvictionRequested');
  const message = `VMI is marked for eviction from node ${node}`;
  return withCondition(
    list,
    { type: 'EvictionRequested', status: 'True', reason: 'EvictionRequested', message },
    now,
  );
}
