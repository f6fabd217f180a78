/** Keys that come back later; of several times for one key the earliest counts. */
import type { Clock } from './clock.ts';
import type { Key } from './types.ts';
import { keyString } from './types.ts';

export interface Delays {
  set(key: Key, delayMs: number): void;
  clear(): void;
}

export function createDelays(clock: Clock, onDue: (key: Key) => void): Delays {
  const pending = new Map<string, { due: number; cancel: () => void }>();
  return {
    set(key, delayMs) {
      const id = keyString(key);
      const due = clock.now() + delayMs;
      const known = pending.get(id);
      if (known !== undefined && known.due <= due) return;
      known?.cancel();
      const cancel = clock.after(delayMs, () => {
        pending.delete(id);
        onDue(key);
      });
      pending.set(id, { due, cancel });
    },
    clear() {
      for (const { cancel } of pending.values()) cancel();
      pending.clear();
    },
  };
}
