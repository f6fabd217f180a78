/** What a launcher pod's status says. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { exitCodes } from '../../launcher/exit-codes.ts';
import { computeContainerName } from './containers.ts';
import { podName } from './metadata.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const statusesOf = (pod: Pod): readonly ContainerStatus[] => pod.status?.containerStatuses ?? [];

/**
 * Whether the controller made this pod for the VMI. Labels and owner references can be forged by whoever may
 * create pods, and a name can be taken only once: a pod that claims the owner under another name is not ours.
 */
export function isPodOf(pod: Pod, vmi: Vmi): boolean {
  return (
    pod.metadata.name === podName(vmi) &&
    pod.metadata.ownerReferences?.some(
      (owner) => owner.controller === true && owner.uid === vmi.metadata.uid,
    ) === true
  );
}

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** No container of it runs, or will ever run again. */
export function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}

/** The launcher itself has ended, though side containers may still hold the pod up. */
export function launcherEnded(pod: Pod): boolean {
  return statusesOf(pod).some(
    (status) => status.name === computeContainerName && status.state?.terminated !== undefined,
  );
}

/** The launcher has ended and says that its guest stopped as it should. */
export function guestStopped(pod: Pod): boolean {
  return statusesOf(pod).some(
    ({ name, state }) =>
      name === computeContainerName && state?.terminated?.exitCode === exitCodes.guestStopped,
  );
}

/**
 * Everything has started. Readiness of the compute container is the guest's and comes later, so it is not
 * waited for: the node agent starts the guest only after this.
 */
export function hasStarted(pod: Pod): boolean {
  const statuses = statusesOf(pod);
  return (
    pod.status?.phase === 'Running' &&
    statuses.length === (pod.spec?.containers ?? []).length &&
    statuses.every((status) => status.state?.running !== undefined)
  );
}

export interface PodProblem {
  reason: string;
  message: string;
}

const imageProblems = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);

const createProblems = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/** Reasons of what `startProblem` finds. */
export const startProblemReasons: readonly string[] = ['ErrImagePull', 'ImagePullBackOff', ...createProblems];

/** Why a container of the pod cannot start: the first cause that the kubelet reports. */
export function startProblem(pod: Pod): PodProblem | undefined {
  for (const status of statusesOf(pod)) {
    const { reason = '', message = 'the kubelet gave no cause' } = status.state?.waiting ?? {};
    const subject = subjectOf(status.name);
    if (imageProblems.has(reason)) {
      return {
        reason: reason === 'ImagePullBackOff' ? reason : 'ErrImagePull',
        message: `${subject}: image ${JSON.stringify(status.image)} cannot be pulled; correct its name, its pull secret or the registry. ${message}`,
      };
    }
    if (createProblems.includes(reason)) {
      return {
        reason,
        message: `${subject}: its container cannot be started; correct what the kubelet names. ${message}`,
      };
    }
  }
  return undefined;
}

/** Why a side container no longer runs. Without it the pod never counts as started. */
export function sideContainerEnd(pod: Pod): PodProblem | undefined {
  for (const { name, image, state } of statusesOf(pod)) {
    if (name === computeContainerName || state?.terminated === undefined) continue;
    const { exitCode, reason = 'no reason', message = '' } = state.terminated;
    return {
      reason: 'ContainerDiskEnded',
      message:
        `${subjectOf(name)}: the container of image ${JSON.stringify(image)} ended with code ${exitCode} ` +
        `(${reason}) before the guest ran; its files must be readable by user ${launcherUser}. ${message}`.trim(),
    };
  }
  return undefined;
}

function subjectOf(container: string): string {
  if (container === computeContainerName) return 'launcher';
  if (container === 'kernel-boot-volume') return 'kernel boot container';
  return `volume ${JSON.stringify(container.replace(/^volume/, ''))}`;
}

/** Why the pod ended, as far as anyone says. */
export function endOf(pod: Pod): PodProblem {
  const details = [pod.status?.message, ...launcherEnd(pod)].filter(
    (text) => text !== undefined && text !== '',
  );
  return {
    reason: pod.status?.reason ?? (isTerminating(pod) ? 'PodTerminating' : 'PodFailed'),
    message: `pod ${pod.metadata.name} ended before the guest ran: ${details.join('; ') || 'no cause is reported'}`,
  };
}

function launcherEnd(pod: Pod): (string | undefined)[] {
  const launcher = statusesOf(pod).find((status) => status.name === computeContainerName);
  const terminated = launcher?.state?.terminated;
  if (terminated === undefined) return [];
  return [`the launcher ended with code ${terminated.exitCode}`, terminated.message?.trim()];
}
