/** What follows from a failed reconcile: nothing, a quick second try, or one after a growing pause. */
import { MonovirtError, assertNever, messageOf } from '../support/errors.ts';
import type { Retry } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import type { Clock } from './clock.ts';
import { ApiError, TransportError } from './types.ts';
import type { Key } from './types.ts';
import { keyString } from './types.ts';

export interface FailureOptions {
  /** First and longest pause after ordinary failures, milliseconds. */
  backoffMs: readonly [number, number];
  /** The same after failures that resolve themselves: conflicts, mostly with our own last write. */
  quietMs: readonly [number, number];
  /** The same while the API server cannot be reached: once it is back, work should go on within seconds. */
  outageMs: readonly [number, number];
}

export const defaultFailureOptions: FailureOptions = {
  backoffMs: [100, 60_000],
  quietMs: [20, 2000],
  outageMs: [100, 4000],
};

export interface Failures {
  /** Milliseconds until the next try, or undefined for never. Logs what is not quiet. */
  delayAfter(key: Key, error: unknown): number | undefined;
  forget(id: string): void;
  readonly counts: { quiet: number; failed: number; gaveUp: number };
}

export function createFailures(
  { name, logger }: { name: string; logger?: Logger },
  clock: Clock,
  options: FailureOptions,
): Failures {
  const inARow = new Map<string, { range: readonly [number, number]; failures: number }>();
  const counts = { quiet: 0, failed: 0, gaveUp: 0 };

  /** Half to all of the pause: spread out, yet never at once. Another kind of failure starts small again. */
  function pause(id: string, range: readonly [number, number]): number {
    const last = inARow.get(id);
    const failures = last?.range === range ? last.failures : 0;
    inARow.set(id, { range, failures: failures + 1 });
    const [first, longest] = range;
    return Math.min(longest, first * 2 ** failures) * (0.5 + clock.random() / 2);
  }

  return {
    counts,
    forget: (id) => void inARow.delete(id),
    delayAfter(key, error) {
      const id = keyString(key);
      const fields = { queue: name, ...key, reason: reasonOf(error), error: messageOf(error) };
      const retry = retryOf(error);
      switch (retry) {
        case 'quiet':
          counts.quiet += 1;
          return pause(id, options.quietMs);
        case 'never':
          counts.gaveUp += 1;
          inARow.delete(id);
          logger?.error('reconcile failed for good', fields);
          return undefined;
        case 'backoff': {
          counts.failed += 1;
          const range = error instanceof TransportError ? options.outageMs : options.backoffMs;
          const delay = pause(id, range) + askedFor(error);
          logger?.warn('reconcile failed', {
            ...fields,
            failures: inARow.get(id)?.failures,
            delayMs: Math.round(delay),
          });
          return delay;
        }
        default:
          return assertNever(retry);
      }
    },
  };
}

const retryOf = (error: unknown): Retry => (error instanceof MonovirtError ? error.retry : 'backoff');

const reasonOf = (error: unknown): string =>
  error instanceof MonovirtError ? error.reason : 'InternalError';

const askedFor = (error: unknown): number =>
  error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
