/** Keys that wait for a reconcile: each once, never two workers on one, failures spaced out per key. */
import type { Logger } from '../support/log.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { createDelays } from './delays.ts';
import { createReadyKeys } from './ready-keys.ts';
import type { FailureOptions } from './reconcile-failure.ts';
import { createFailures, defaultFailureOptions } from './reconcile-failure.ts';
import type { Key, ReconcileResult, WorkQueue } from './types.ts';
import { keyString } from './types.ts';

export interface WorkQueueOptions {
  /** For logs. */
  name: string;
  clock?: Clock;
  logger?: Logger;
  failures?: Partial<FailureOptions>;
}

export interface QueueStats {
  succeeded: number;
  /** Conflicts and the like. */
  quiet: number;
  /** To be tried again with back-off. */
  failed: number;
  /** Failed for good. */
  gaveUp: number;
}

export type Reconcile = (key: Key, signal: AbortSignal) => Promise<ReconcileResult>;

export function createWorkQueue(options: WorkQueueOptions): WorkQueue & { stats(): QueueStats } {
  const clock = options.clock ?? systemClock;
  const ready = createReadyKeys();
  const delays = createDelays(clock, (key) => add(key, 'normal'));
  const failures = createFailures(options, clock, { ...defaultFailureOptions, ...options.failures });
  let succeeded = 0;
  /** Starts work on ready keys; does nothing while no workers run. */
  let pump = (): void => undefined;

  function add(key: Key, priority: 'normal' | 'low'): void {
    ready.add(key, priority);
    pump();
  }

  async function work(key: Key, reconcile: Reconcile, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const result = await reconcile(key, signal);
      succeeded += 1;
      failures.forget(keyString(key));
      if (signal.aborted || result.requeueAfterMs === undefined) return;
      delays.set(key, result.requeueAfterMs);
    } catch (error) {
      if (signal.aborted) return;
      const delay = failures.delayAfter(key, error);
      if (delay !== undefined) delays.set(key, delay);
    }
  }

  return {
    add: (key, priority = 'normal') => add(key, priority),
    addAfter: (key, delayMs) => delays.set(key, delayMs),
    get depth() {
      return ready.size;
    },
    stats: () => ({ succeeded, ...failures.counts }),
    run(reconcile, { workers }, signal) {
      return new Promise((resolve) => {
        let busy = 0;
        const start = async (key: Key): Promise<void> => {
          busy += 1;
          // Never inside the change handler that added the key: it must not run a reconcile's first half.
          await Promise.resolve();
          await work(key, reconcile, signal);
          busy -= 1;
          ready.done(key);
          pump();
        };
        const next = (): Key | undefined => (signal.aborted || busy >= workers ? undefined : ready.take());
        pump = () => {
          for (let key = next(); key !== undefined; key = next()) void start(key);
          if (signal.aborted && busy === 0) resolve();
        };
        const stop = (): void => {
          delays.clear();
          pump();
        };
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        pump();
      });
    },
  };
}
