/** Why a launcher pod does not start, or has ended. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { virtiofsPrefix } from '../../launcher/layout.ts';
import { isTerminating, statusesOf } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { isDedicated } from './guest-cpus.ts';

export interface PodProblem {
  reason: string;
  message: string;
}

const imageProblems = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);

const cannotBePulled = ' cannot be pulled';

const createProblems = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

const guaranteeReason = 'FailedGuaranteeResources';

/** Reasons of what `startProblem` and `guaranteeProblem` find. */
export const startProblemReasons: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  ...createProblems,
  guaranteeReason,
];

/** Why a container of the pod cannot start: the first cause that the kubelet reports. */
export function startProblem(pod: Pod): PodProblem | undefined {
  for (const status of statusesOf(pod)) {
    const { reason = '', message = 'the kubelet gave no cause' } = status.state?.waiting ?? {};
    const subject = subjectOf(status.name);
    if (imageProblems.has(reason)) {
      return {
        reason: reason === 'ImagePullBackOff' ? reason : 'ErrImagePull',
        message: `${subject}: image ${JSON.stringify(status.image)}${cannotBePulled}; correct its name, its pull secret or the registry. ${message}`,
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

/** A guest that wants processors to itself gets none in a pod that shares: something changed the pod's resources. */
export function guaranteeProblem({ spec }: Vmi, pod: Pod): PodProblem | undefined {
  const qosClass = pod.status?.qosClass ?? 'Guaranteed';
  if (!isDedicated(spec) || qosClass === 'Guaranteed') return undefined;
  return {
    reason: guaranteeReason,
    message: `failed to guarantee pod resources: the pod is ${qosClass}, and only a Guaranteed one gets processors to itself; see which LimitRange or webhook changes requests or limits of launcher pods, or remove dedicatedCpuPlacement`,
  };
}

/** Whether two messages about images that cannot be pulled speak of the same volume and image. */
export function isAboutSameImage(one: string, other: string): boolean {
  const subject = (message: string): string => message.split(cannotBePulled, 1)[0] ?? '';
  return subject(one) === subject(other);
}

/** Why a side container no longer runs. Without it the pod never counts as started. */
export function sideContainerEnd(pod: Pod): PodProblem | undefined {
  for (const { name, image, state } of statusesOf(pod)) {
    if (name === computeContainerName || state?.terminated === undefined) continue;
    const { exitCode, reason = 'no reason', message = '' } = state.terminated;
    // One that ends well does so because its guest has.
    if (exitCode === 0) continue;
    if (name.startsWith(virtiofsPrefix)) {
      return {
        reason: 'VirtiofsEnded',
        message:
          `${subjectOf(name)}: virtiofsd, which shares it with the guest, ended with code ${exitCode} (${reason}); ` +
          `start the VM again, or give the volume a disk instead. ${message}`.trim(),
      };
    }
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
  return `volume ${JSON.stringify(container.replace(/^(?:volume|virtiofs-)/, ''))}`;
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
  return [`the launcher ended with code ${terminated.exitCode}`, lastWords(terminated.message)];
}

/** The launcher leaves reason and message as JSON; without them there are the last lines of its log. */
function lastWords(text = ''): string {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return typeof reason === 'string' && typeof message === 'string' ? `${reason}: ${message}` : text.trim();
  } catch {
    return text.trim();
  }
}
