/** What an informer does after a connection ended. Pure. */
import { ApiError } from './types.ts';

/** How one connection to the server went. */
export interface Outcome {
  /** Absent when the server closed the watch as agreed. */
  error?: unknown;
  /** Events seen, bookmarks included. */
  events: number;
  durationMs: number;
  /** Quick closes in a row before this one. */
  quickCloses: number;
}

export interface Step {
  /** Forget the version and list again. */
  relist: boolean;
  /** Wait as the back-off says, and at least this long if the server asked for it. */
  wait: boolean;
  retryAfterSeconds?: number;
  quickCloses: number;
  /** Why, for logs and metrics. */
  reason:
    | 'Closed'
    | 'ClosedAtOnce'
    | 'VersionDead'
    | 'Expired'
    | 'VersionTooLarge'
    | 'Throttled'
    | 'Gone'
    | 'Broken';
}

/** A watch that lives shorter than this without an event did not do its work. */
const quickMs = 2000;
/** So many of them in a row and the version itself is to blame. */
const maxQuickCloses = 3;

export function nextStep(outcome: Outcome): Step {
  if (outcome.error === undefined) return afterClose(outcome);
  if (!(outcome.error instanceof ApiError)) return failure('Broken', false);
  const { status, retryAfterSeconds } = outcome.error;
  const asked = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (status === 410) return failure('Expired', true);
  if (status === 404) return failure('Gone', true);
  if (isVersionTooLarge(outcome.error)) return failure('VersionTooLarge', true);
  if (status === 429 || status === 503) return { ...failure('Throttled', false), ...asked };
  return { ...failure('Broken', false), ...asked };
}

function afterClose({ durationMs, events, quickCloses }: Outcome): Step {
  if (durationMs >= quickMs) return { relist: false, wait: false, quickCloses: 0, reason: 'Closed' };
  if (events > 0) return { relist: false, wait: true, quickCloses: 0, reason: 'Closed' };
  if (quickCloses + 1 < maxQuickCloses) {
    return { relist: false, wait: true, quickCloses: quickCloses + 1, reason: 'ClosedAtOnce' };
  }
  return { relist: true, wait: true, quickCloses: 0, reason: 'VersionDead' };
}

const failure = (reason: Step['reason'], relist: boolean): Step => ({
  relist,
  wait: true,
  quickCloses: 0,
  reason,
});

/** 504 with this cause means that the server has not seen our version: another server's, or one of a lost past. */
function isVersionTooLarge(error: ApiError): boolean {
  if (error.status !== 504) return false;
  return /ResourceVersionTooLarge|too large resource version/i.test(
    error.message + JSON.stringify(error.details ?? ''),
  );
}
