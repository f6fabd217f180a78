/** Growing delays between attempts to reach the API server. */
import type { Clock } from './clock.ts';

export interface BackoffOptions {
  baseMs: number;
  maxMs: number;
  /** After this long without a failure the delays start small again. */
  stableMs: number;
}

export interface Backoff {
  /** Milliseconds to wait after a failure; the server's own wish is added to, never undercut. */
  next(retryAfterSeconds?: number): number;
}

/** After the server has answered, but not as hoped: it may be overloaded, so give it time. */
export const connectionBackoff: BackoffOptions = { baseMs: 800, maxMs: 30_000, stableMs: 60_000 };

/**
 * While nobody answers at all. An attempt costs no server anything then, and once one is back, what happened
 * meanwhile should show within seconds.
 */
export const outageBackoff: BackoffOptions = { baseMs: 800, maxMs: 4_000, stableMs: 60_000 };

/** Delays double from base to maximum with full jitter, so that many clients spread over the whole interval. */
export function createBackoff(clock: Clock, options: BackoffOptions = connectionBackoff): Backoff {
  let failures = 0;
  let waitedUntil = -Infinity;
  return {
    next(retryAfterSeconds = 0) {
      const now = clock.now();
      if (now - waitedUntil >= options.stableMs) failures = 0;
      const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** failures);
      failures += 1;
      const delay = retryAfterSeconds * 1000 + clock.random() * ceiling;
      waitedUntil = now + delay;
      return delay;
    },
  };
}
