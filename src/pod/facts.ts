/** What a launcher pod's status says. Pure. */
import type { Pod, Vmi } from '../api/types.ts';
import { exitCodes } from '../launcher/exit-codes.ts';
import { computeContainerName, podName } from './names.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** What the kubelet says of its containers, side containers included. */
export const statusesOf = (pod: Pod): readonly ContainerStatus[] => pod.status?.containerStatuses ?? [];

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

/** The instance has ended; it is never started again. */
export const isFinal = (vmi: Pick<Vmi, 'status'>): boolean =>
  vmi.status?.phase === 'Succeeded' || vmi.status?.phase === 'Failed';

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
