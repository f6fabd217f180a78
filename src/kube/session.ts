/** One list and one watch connection of an informer. */
import type { KubeObject } from '../api/types.ts';
import type { FollowContext, Progress } from './follow-context.ts';
import type { WatchEvent, WatchOptions } from './watch.ts';

/** Lists, publishes, and returns the version to watch from. Retries are the caller's: it knows the back-off. */
export async function listOnce<T extends KubeObject>(
  context: FollowContext<T>,
  signal: AbortSignal,
): Promise<string> {
  const { client, resource, selection, tuning, prepare } = context;
  const list = await client.listPaged<T>(resource, selection, {
    limit: tuning.pageSize,
    prepare,
    signal,
    policy: { retries: 0, maxWaitMs: 0 },
  });
  signal.throwIfAborted();
  publish(context, list.items);
  return list.resourceVersion;
}

/** Makes a complete state visible at once. */
export function publish<T extends KubeObject>(context: FollowContext<T>, objects: readonly T[]): void {
  context.onActivity();
  context.store.replace(objects);
  context.onSynced();
  context.onFact('Relisted');
}

/** Applies events from `progress.version` on, which moves with each, until the connection ends. */
export async function watchOnce<T extends KubeObject>(
  context: FollowContext<T>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const options = progress.version === undefined ? {} : { resourceVersion: progress.version };
  for await (const event of openWatch(context, options, signal)) {
    signal.throwIfAborted();
    applyEvent(context, progress, event);
  }
}

export function openWatch<T extends KubeObject>(
  { client, resource, selection, tuning, onActivity }: FollowContext<T>,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<WatchEvent<T>> {
  const [least, most] = tuning.watchSeconds;
  const timeoutSeconds = Math.round(least + client.clock.random() * (most - least));
  const idleTimeoutMs = timeoutSeconds * 1000 + tuning.idleGraceMs;
  return client.watch<T>(
    resource,
    selection,
    { ...options, timeoutSeconds, idleTimeoutMs, onActivity },
    signal,
  );
}

export function applyEvent<T extends KubeObject>(
  { store, prepare }: FollowContext<T>,
  progress: Progress,
  event: WatchEvent<T>,
): void {
  progress.events += 1;
  const version = event.object.metadata.resourceVersion;
  if (event.type === 'DELETED') store.remove(prepare(event.object));
  else if (event.type !== 'BOOKMARK') store.upsert(prepare(event.object));
  progress.version = version;
}
