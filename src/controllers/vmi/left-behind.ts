/** Pods that containers hold up whose guest has ended. Pure. */
import type { Pod } from '../../api/types.ts';
import { isOver, isTerminating, launcherEnded, statusesOf } from '../../pod/facts.ts';
import { computeContainerName } from '../../pod/names.ts';
import { sideContainerEnd } from './pod-problems.ts';

/** How long side containers may take to end after the launcher, and the kubelet to tell of it, in milliseconds. */
const endMs = 5_000;

/**
 * Milliseconds until a pod of an instance that has ended is to be deleted, 0 when it is time. Undefined for one that ends
 * by itself: it stays, for its logs.
 */
export function leftBehindInMs(pod: Pod, now: Date): number | undefined {
  if (isOver(pod) || isTerminating(pod)) return undefined;
  if (!launcherEnded(pod)) return sideContainerEnd(pod) === undefined ? undefined : 0;
  // The phase of a pod follows its containers a moment later.
  if (statusesOf(pod).every(({ state }) => state?.terminated !== undefined)) return undefined;
  return Math.max(0, (launcherEndedAt(pod) ?? 0) + endMs - now.getTime());
}

/** In milliseconds; undefined when nobody says. */
function launcherEndedAt(pod: Pod): number | undefined {
  const launcher = statusesOf(pod).find(({ name }) => name === computeContainerName);
  const finished = launcher?.state?.terminated?.finishedAt;
  return finished === undefined ? undefined : Date.parse(finished);
}
