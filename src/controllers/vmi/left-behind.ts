/** Pods that containers hold up whose guest has ended. Pure. */
import type { Pod, Vmi } from '../../api/types.ts';
import { isOver, isTerminating, launcherEnded, statusesOf } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { endsEarlyInMs, sideContainerEnd } from './pod-problems.ts';
import { settlesInMs } from './settling.ts';

/**
 * Milliseconds until a pod of an instance that has ended is to be deleted, 0 when it is time. Undefined for one that ends
 * by itself: it stays, for its logs.
 */
export function leftBehindInMs(vmi: Vmi, pod: Pod, now: Date): number | undefined {
  if (isOver(pod) || isTerminating(pod)) return undefined;
  if (!launcherEnded(pod)) return launcherWaitsInMs(vmi, pod, now);
  // The phase of a pod follows its containers a moment later.
  if (statusesOf(pod).every(({ state }) => state?.terminated !== undefined)) return undefined;
  // By the node's clock; where that is wrong, by that of whoever wrote the instance's end, which may be the same.
  return settlesInMs(launcherEndedAt(pod), now) ?? settlesInMs(endedAt(vmi), now) ?? 0;
}

/**
 * A launcher ends after its guest, and file systems that ended well may have done so before it: it is left to tidy up.
 * One that never got a guest waits for ever for the side container that has ended.
 */
function launcherWaitsInMs(vmi: Vmi, pod: Pod, now: Date): number | undefined {
  if (!hadGuest(vmi)) return endsEarlyInMs(pod, now);
  return sideContainerEnd(pod) === undefined ? undefined : 0;
}

const hadGuest = ({ status }: Vmi): boolean =>
  status?.phaseTransitionTimestamps?.some(({ phase }) => phase === 'Scheduled' || phase === 'Running') ===
  true;

/** Undefined when nobody says. */
function launcherEndedAt(pod: Pod): string | undefined {
  const launcher = statusesOf(pod).find(({ name }) => name === computeContainerName);
  return launcher?.state?.terminated?.finishedAt;
}

/** When the instance came to its last phase. */
const endedAt = ({ status }: Vmi): string | undefined =>
  status?.phaseTransitionTimestamps?.findLast(({ phase }) => phase === status.phase)
    ?.phaseTransitionTimestamp;
