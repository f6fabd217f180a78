/** Which keys may be worked on now. A key being worked on waits until that work is done. */
import type { Key } from './types.ts';
import { keyString } from './types.ts';

type Priority = 'normal' | 'low';

export interface ReadyKeys {
  add(key: Key, priority: Priority): void;
  /** The key that has waited longest, normal before low; it counts as worked on until `done`. */
  take(): Key | undefined;
  done(key: Key): void;
  readonly size: number;
}

export function createReadyKeys(): ReadyKeys {
  // Maps keep the order of insertion, and find and remove in constant time.
  const normal = new Map<string, Key>();
  const low = new Map<string, Key>();
  const working = new Set<string>();
  const dirty = new Map<string, { key: Key; priority: Priority }>();

  function enqueue(id: string, key: Key, priority: Priority): void {
    if (normal.has(id)) return;
    if (priority === 'low') {
      if (!low.has(id)) low.set(id, key);
      return;
    }
    low.delete(id);
    normal.set(id, key);
  }

  function markDirty(id: string, key: Key, priority: Priority): void {
    const known = dirty.get(id);
    if (known === undefined || priority === 'normal') dirty.set(id, { key, priority });
  }

  return {
    add(key, priority) {
      const id = keyString(key);
      if (working.has(id)) markDirty(id, key, priority);
      else enqueue(id, key, priority);
    },
    take() {
      const queue = normal.size > 0 ? normal : low;
      for (const [id, key] of queue) {
        queue.delete(id);
        working.add(id);
        return key;
      }
      return undefined;
    },
    done(key) {
      const id = keyString(key);
      working.delete(id);
      const again = dirty.get(id);
      if (again === undefined) return;
      dirty.delete(id);
      enqueue(id, again.key, again.priority);
    },
    get size() {
      return normal.size + low.size + dirty.size;
    },
  };
}
