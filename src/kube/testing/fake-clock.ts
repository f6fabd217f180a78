/** A clock that only moves when told. */
import type { Clock } from '../clock.ts';

export interface FakeClock extends Clock {
  /** Moves time and runs what falls due, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Timers that have not fired or been cancelled. */
  readonly pending: number;
}

export function fakeClock(random = 1): FakeClock {
  let now = 0;
  const timers = new Set<{ due: number; run: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { due: now + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    now: () => now,
    wall: () => Date.UTC(2026, 0, 1) + now,
    random: () => random,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = (): void => {
          cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const cancel = after(ms, done);
        signal?.addEventListener('abort', done, { once: true });
      }),
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      const target = now + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= target).toSorted((a, b) => a.due - b.due);
        if (next === undefined) break;
        now = Math.max(now, next.due);
        timers.delete(next);
        next.run();
        await settle();
      }
      now = target;
    },
  };
}
