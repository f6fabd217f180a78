/** The life of an informer: get the state, watch, and after each end decide how to go on. */
import type { KubeObject } from '../api/types.ts';
import { createBackoff, outageBackoff } from './backoff.ts';
import type { FollowContext, Progress } from './follow-context.ts';
import type { Outcome } from './informer-step.ts';
import { nextStep } from './informer-step.ts';
import { listOnce, watchOnce } from './session.ts';
import { TransportError } from './types.ts';
import { watchListOnce } from './watch-list.ts';

/** Returns when `signal` aborts, whatever happens before. */
export async function follow<T extends KubeObject>(
  context: FollowContext<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = context.client;
  const refused = createBackoff(clock, context.tuning.backoff);
  const unreachable = createBackoff(clock, outageBackoff);
  const progress: Progress = { version: undefined, events: 0, watchList: context.tuning.watchList };
  let quickCloses = 0;
  while (!signal.aborted) {
    const startedAt = clock.now();
    const error = await attempt(context, progress, signal);
    if (signal.aborted) return;
    const step = nextStep(outcome(error, progress.events, clock.now() - startedAt, quickCloses));
    quickCloses = step.quickCloses;
    if (step.relist) progress.version = undefined;
    context.onFact(step.reason, error);
    const backoff = error instanceof TransportError ? unreachable : refused;
    if (step.wait) await clock.sleep(backoff.next(step.retryAfterSeconds), signal);
  }
}

const outcome = (error: unknown, events: number, durationMs: number, quickCloses: number): Outcome => ({
  events,
  durationMs,
  quickCloses,
  ...(error !== undefined && { error }),
});

/** One round; resolves with the error that ended it, or undefined after a clean close. */
async function attempt<T extends KubeObject>(
  context: FollowContext<T>,
  progress: Progress,
  signal: AbortSignal,
): Promise<unknown> {
  progress.events = 0;
  try {
    if (progress.version === undefined && progress.watchList) {
      const supported = await watchListOnce(context, progress, signal);
      if (supported) return undefined;
      progress.watchList = false;
      context.onFact('WatchListUnavailable');
    }
    progress.version ??= await listOnce(context, signal);
    await watchOnce(context, progress, signal);
    return undefined;
  } catch (error) {
    return error ?? new Error('the watch failed without an error');
  }
}
