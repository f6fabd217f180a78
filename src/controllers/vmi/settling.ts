/** How long to wait for the rest of what ends together. Pure. */

/** How long the other containers of a pod may take to end, and the kubelet to tell of it, in milliseconds. */
const endMs = 5_000;

/** What is further ahead of us than this, in milliseconds, is of a clock that is wrong. */
const mostAheadMs = 5_000;

/**
 * Milliseconds until all has ended that ends with what ended at `at`; 0 when that time is past. Undefined when `at` says
 * nothing: it is missing, or of a node whose clock is so far ahead that waiting for it would take hours.
 */
export function settlesInMs(at: string | undefined, now: Date): number | undefined {
  const ago = now.getTime() - Date.parse(at ?? '');
  return Number.isNaN(ago) || ago < -mostAheadMs ? undefined : Math.max(0, endMs - ago);
}
