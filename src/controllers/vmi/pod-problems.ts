/** Why a launcher pod does not start, or has ended. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { containerDiskContainer, kernelBootContainer, virtiofsPrefix } from '../../launcher/layout.ts';
import { isTerminating, statusesOf } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { isDedicated } from './guest-cpus.ts';
import { settlesInMs } from './settling.ts';

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

/** Why a side container no longer runs. One that ended well does not count: it does so because its guest has ended. */
export function sideContainerEnd(pod: Pod): PodProblem | undefined {
  const end = sideEnds(pod).find(({ exitCode }) => exitCode !== 0);
  return end && explainEnd(end);
}

/**
 * Milliseconds until a side container counts as ended before the guest ran, 0 when it does: without it the pod never
 * counts as started. Undefined while none has ended. One that ended well may have done so because a guest has run and
 * ended, of which the kubelet tells a moment later.
 */
export function endsEarlyInMs(pod: Pod, now: Date): number | undefined {
  const waits = sideEnds(pod).map(({ exitCode, finishedAt }) =>
    exitCode === 0 ? (settlesInMs(finishedAt, now) ?? 0) : 0,
  );
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Why a side container has ended before the guest ran. */
export function earlyEnd(pod: Pod, now: Date): PodProblem | undefined {
  const [end] = sideEnds(pod);
  if (end === undefined || endsEarlyInMs(pod, now) !== 0) return undefined;
  return sideContainerEnd(pod) ?? explainEnd(end);
}

interface SideEnd {
  name: string;
  image: string;
  exitCode: number;
  reason?: string;
  message?: string;
  finishedAt?: string;
}

const sideEnds = (pod: Pod): SideEnd[] =>
  statusesOf(pod).flatMap(({ name, image, state }) =>
    name === computeContainerName || state?.terminated === undefined
      ? []
      : [{ ...state.terminated, name, image }],
  );

function explainEnd({ name, image, exitCode, reason: why = 'no reason', message = '' }: SideEnd): PodProblem {
  const ended = `ended with code ${exitCode} (${why})`;
  if (name.startsWith(virtiofsPrefix)) {
    return {
      reason: 'VirtiofsEnded',
      message:
        `${subjectOf(name)}: virtiofsd, which shares it with the guest, ${ended}; ` +
        `start the VM again, or give the volume a disk instead. ${message}`.trim(),
    };
  }
  const ofImage = isOfImage(name);
  const remedy =
    ofImage && exitCode !== 0
      ? `its files must be readable by user ${launcherUser}`
      : 'start the VM again, and see why that image does not stay if it happens again';
  return {
    reason: ofImage ? 'ContainerDiskEnded' : 'SidecarEnded',
    message:
      `${subjectOf(name)}: the container of image ${JSON.stringify(image)} ${ended} before the guest ran; ` +
      `${remedy}. ${message}`.trim(),
  };
}

/** Whether the container is there for the files of its image. */
const isOfImage = (container: string): boolean =>
  container === kernelBootContainer || container.startsWith(containerDiskContainer(''));

const sidecarPattern = /^hook-sidecar-\d+$/;

function subjectOf(container: string): string {
  if (container === computeContainerName) return 'launcher';
  if (container === kernelBootContainer) return 'kernel boot container';
  if (sidecarPattern.test(container)) return `network binding plug-in's sidecar ${container}`;
  const volume = volumeOf(container);
  return volume === undefined ? `container ${container}` : `volume ${JSON.stringify(volume)}`;
}

function volumeOf(container: string): string | undefined {
  const prefix = [containerDiskContainer(''), virtiofsPrefix].find((start) => container.startsWith(start));
  return prefix && container.slice(prefix.length);
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
