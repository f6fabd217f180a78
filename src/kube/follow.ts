/** The life of an informer: get the state, watch, and after each end decide how to go on. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import type { BackoffOptions } from './backoff.ts';
import { connectionBackoff, createBackoff, outageBackoff } from './backoff.ts';
import type { ApiClient } from './client.ts';
import type { Outcome } from './informer-step.ts';
import { nextStep } from './informer-step.ts';
import type { Prepare } from './prepare.ts';
import { listOnce, watchOnce } from './session.ts';
import type { Store } from './store.ts';
import { TransportError } from './types.ts';
import type { Selection } from './types.ts';
import { watchListOnce } from './watch-list.ts';

export interface InformerTuning {
  /** A watch is asked to last a random time between these; all watches of all replicas end apart. */
  watchSeconds: readonly [number, number];
  /** How much longer than asked a silent watch may last before its connection is taken for dead. */
  idleGraceMs: number;
  /** Objects per page of a list. */
  pageSize: number;
  /** Try to get the first state through the watch. */
  watchList: boolean;
  /** How long the mark that ends the initial events may take. */
  watchListTimeoutMs: number;
  backoff: BackoffOptions;
}

export const defaultTuning: InformerTuning = {
  watchSeconds: [300, 600],
  idleGraceMs: 30_000,
  pageSize: 500,
  watchList: true,
  watchListTimeoutMs: 20_000,
  backoff: connectionBackoff,
};

export interface FollowContext<T extends KubeObject> {
  client: ApiClient;
  resource: Resource;
  selection: Selection;
  store: Store<T>;
  prepare: Prepare<T>;
  tuning: InformerTuning;
  onSynced: () => void;
  onActivity: () => void;
  onFact: (fact: string, error?: unknown) => void;
}

/** What connections leave behind for the next one. */
export interface Progress {
  /** Version to watch from; absent until the state is known. */
  version: string | undefined;
  /** Events of the present connection. */
  events: number;
  /** Whether the server may be asked to begin a watch with the present state. */
  watchList: boolean;
}

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
