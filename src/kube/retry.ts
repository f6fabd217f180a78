/** Which failed requests to send again, and when. */
import { ApiError, TransportError } from './types.ts';

export interface RetryPolicy {
  /** Attempts after the first. */
  retries: number;
  /** A server that wants longer waits than this gets the error reported to the caller instead. */
  maxWaitMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { retries: 4, maxWaitMs: 30_000 };

const firstDelayMs = 100;

/**
 * Milliseconds to wait before sending the request again, or undefined when it must not be.
 * 429 means that the server did not begin, so any verb may be repeated; other failures only for reads.
 */
export function retryDelay(
  error: unknown,
  context: { attempt: number; idempotent: boolean; random: number; policy: RetryPolicy },
): number | undefined {
  const { attempt, idempotent, random, policy } = context;
  if (attempt >= policy.retries) return undefined;
  const backoff = random * firstDelayMs * 2 ** (attempt + 1);
  if (error instanceof TransportError) return idempotent ? backoff : undefined;
  if (!(error instanceof ApiError)) return undefined;
  const repeatable = error.status === 429 || (idempotent && [500, 502, 503, 504].includes(error.status));
  if (!repeatable) return undefined;
  // Added, not replaced: clients told the same delay must not come back together.
  const wait = (error.retryAfterSeconds ?? 0) * 1000 + backoff;
  return wait > policy.maxWaitMs ? undefined : wait;
}
