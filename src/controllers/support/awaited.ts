/**
 * Wakes what waits for an object when that appears or changes, or so often that it is seen. A cache of all claims of a
 * cluster would cost memory for what is looked at once in an instance's life; a watch of one object, while somebody
 * waits for it, costs next to nothing.
 */
import type { Resource } from '../../api/kinds.ts';
import { keyString } from '../../kube/types.ts';
import type { Key, WorkQueue } from '../../kube/types.ts';

/** Calls `onChange` for the object as it is and at every change, until `signal` aborts. */
export type Follow = (resource: Resource, key: Key, onChange: () => void, signal: AbortSignal) => void;

export interface Wanted {
  resource: Resource;
  key: Key;
}

export interface Awaited {
  /** Has `waiter` queued whenever one of these changes, and no longer for any other. */
  expect(waiter: Key, wanted: readonly Wanted[]): void;
}

/** Each is one request that stays open. */
const mostFollowed = 100;
/** What fails for ever is waited for as long: one namespace of such leaves watches to the others. */
const mostOfNamespace = 50;
/** Beyond these, its waiters look for themselves so often, in milliseconds. */
const pollMs = 30_000;

interface Followed {
  namespace: string | undefined;
  waiting: Map<string, Key>;
  stop: AbortController;
}

export function createAwaited(follow: Follow, queue: Pick<WorkQueue, 'add' | 'addAfter'>): Awaited {
  const followed = new Map<string, Followed>();
  const leave = (name: string, others: ReadonlySet<string>): void => {
    for (const [object, { waiting, stop }] of followed) {
      if (others.has(object) || !waiting.delete(name) || waiting.size > 0) continue;
      stop.abort();
      followed.delete(object);
    }
  };
  const isFull = (namespace: string | undefined): boolean => {
    if (followed.size >= mostFollowed) return true;
    if (namespace === undefined) return false;
    return [...followed.values()].filter((one) => one.namespace === namespace).length >= mostOfNamespace;
  };
  const join = (object: string, { resource, key }: Wanted): Followed | undefined => {
    const { namespace } = key;
    if (isFull(namespace)) return undefined;
    const entry: Followed = { namespace, waiting: new Map(), stop: new AbortController() };
    followed.set(object, entry);
    const wake = (): void => entry.waiting.forEach((one) => queue.add(one));
    follow(resource, key, wake, entry.stop.signal);
    return entry;
  };
  return {
    expect(waiter, wanted) {
      const named = new Map(wanted.map((one) => [`${one.resource.plural}/${keyString(one.key)}`, one]));
      leave(keyString(waiter), new Set(named.keys()));
      for (const [object, one] of named) {
        const entry = followed.get(object) ?? join(object, one);
        if (entry === undefined) queue.addAfter(waiter, pollMs);
        else entry.waiting.set(keyString(waiter), waiter);
      }
    },
  };
}
