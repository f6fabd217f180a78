/** Joins caches, queue and reconcile into a control loop. */
import type { KubeObject } from '../api/types.ts';
import type { Logger } from '../support/log.ts';
import type { Clock } from './clock.ts';
import type { Informer, Key } from './types.ts';
import type { FailureOptions } from './reconcile-failure.ts';
import type { QueueStats, Reconcile } from './work-queue.ts';
import { createWorkQueue } from './work-queue.ts';

/** A cache whose changes concern some keys of the controller. Made by `source`. */
export interface Source {
  readonly synced: Promise<void>;
  subscribe(add: (key: Key, priority: 'normal' | 'low') => void): void;
}

/** @param keysOf the keys to reconcile when this object changes; both states of a change are asked */
export function source<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (object: T) => readonly Key[],
): Source {
  return {
    synced: informer.synced,
    subscribe(add) {
      informer.onChange((change, origin) => {
        const objects = change.type === 'updated' ? [change.object, change.previous] : [change.object];
        const priority = origin === 'relist' ? 'low' : 'normal';
        for (const key of objects.flatMap(keysOf)) add(key, priority);
      });
    },
  };
}

export interface ControllerOptions {
  name: string;
  sources: readonly Source[];
  /** Caches that reconcile reads without being started by their changes. */
  reads?: readonly { readonly synced: Promise<void> }[];
  reconcile: Reconcile;
  workers?: number;
  logger?: Logger;
  clock?: Clock;
  failures?: Partial<FailureOptions>;
}

export interface Controller {
  /** For changes that no informer sees, such as events of a launcher. */
  add(key: Key): void;
  addAfter(key: Key, delayMs: number): void;
  readonly depth: number;
  stats(): QueueStats;
  /** Works from the moment all caches are complete until `signal` aborts and the last reconcile has ended. */
  run(signal: AbortSignal): Promise<void>;
}

/** Subscribes at once, so create it before the informers run. */
export function createController(options: ControllerOptions): Controller {
  const { name, sources, reads = [], reconcile, workers = 4, logger, clock, failures } = options;
  const queue = createWorkQueue({
    name,
    ...(logger !== undefined && { logger }),
    ...(clock !== undefined && { clock }),
    ...(failures !== undefined && { failures }),
  });
  for (const each of sources) each.subscribe((key, priority) => queue.add(key, priority));
  return {
    add: (key) => queue.add(key),
    addAfter: (key, delayMs) => queue.addAfter(key, delayMs),
    get depth() {
      return queue.depth;
    },
    stats: () => queue.stats(),
    async run(signal) {
      const caches = [...sources, ...reads];
      if (!(await settledBefore(signal, Promise.all(caches.map(({ synced }) => synced))))) return;
      logger?.info('controller started', { name });
      await queue.run(reconcile, { workers }, signal);
    },
  };
}

/** Resolves with false when the signal aborts first. */
async function settledBefore(signal: AbortSignal, ready: Promise<unknown>): Promise<boolean> {
  if (signal.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onAbort = (): void => resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, ready.then(() => true)]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
