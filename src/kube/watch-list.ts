/** The first state by way of the watch itself: cheaper for the server than a list, and never half seen. */
import type { KubeObject } from '../api/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { FollowContext, Progress } from './follow-context.ts';
import { applyEvent, openWatch, publish } from './session.ts';
import { ApiError, keyOf, keyString } from './types.ts';
import type { WatchEvent } from './watch.ts';

const initialEventsEnd = 'k8s.io/initial-events-end';

/** Answers that say "not now" rather than "not like this". */
const throttling = new Set([429, 503]);

/**
 * Collects initial events apart and publishes them together at the mark that ends them, then goes on as a
 * normal watch. Resolves with false when the server refuses, or does not send the mark in time: then list.
 */
export async function watchListOnce<T extends KubeObject>(
  context: FollowContext<T>,
  progress: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, tuning } = context;
  const noMark = new AbortController();
  const stopTimer = client.clock.after(tuning.watchListTimeoutMs, () =>
    noMark.abort(
      new MonovirtError('WatchListUnfinished', 'the server did not end the initial events in time'),
    ),
  );
  const either = AbortSignal.any([signal, noMark.signal]);
  let initial: Map<string, T> | undefined = new Map();
  try {
    for await (const event of openWatch(context, { sendInitialEvents: true }, either)) {
      either.throwIfAborted();
      if (initial === undefined) {
        applyEvent(context, progress, event);
      } else if (isMark(event)) {
        stopTimer();
        publish(context, [...initial.values()]);
        progress.version = event.object.metadata.resourceVersion;
        progress.events += 1;
        initial = undefined;
      } else {
        collect(initial, event, context.prepare);
      }
    }
    return initial === undefined;
  } catch (error) {
    if (initial !== undefined && (noMark.signal.aborted || isRefusal(error)) && !signal.aborted) return false;
    throw error;
  } finally {
    stopTimer();
  }
}

/**
 * Servers refuse in many ways: by status when they do not know `sendInitialEvents`, and with an ERROR event of
 * 500 when their etcd is too old for it. A list tells real trouble apart.
 */
const isRefusal = (error: unknown): boolean => error instanceof ApiError && !throttling.has(error.status);

const isMark = <T>(event: WatchEvent<T>): boolean =>
  event.type === 'BOOKMARK' && event.object.metadata.annotations?.[initialEventsEnd] === 'true';

function collect<T extends KubeObject>(
  into: Map<string, T>,
  event: WatchEvent<T>,
  prepare: (object: T) => T,
): void {
  if (event.type === 'BOOKMARK') return;
  const key = keyString(keyOf(event.object));
  if (event.type === 'DELETED') into.delete(key);
  else into.set(key, prepare(event.object));
}
