/** Bounds how often something is done, so that a launcher in a guest's hands cannot keep the agent busy. */
import { systemClock } from '../../kube/clock.ts';
import type { Clock } from '../../kube/clock.ts';

export interface Calm {
  /** Does it now, or as soon as it is due again: once for however many requests there are until then. */
  request(): void;
  /** Does it no more. */
  end(): void;
}

export interface Pace {
  /** This many at once, */
  burst: number;
  /** then one each so many milliseconds. */
  everyMs: number;
}

export function calm(act: () => void, { burst, everyMs }: Pace, clock: Clock = systemClock): Calm {
  let left = burst;
  let at = clock.now();
  let cancel: (() => void) | undefined;

  function refill(): void {
    const now = clock.now();
    left = Math.min(burst, left + (now - at) / everyMs);
    at = now;
  }

  function run(): void {
    cancel = undefined;
    refill();
    left -= 1;
    act();
  }

  return {
    request() {
      if (cancel !== undefined) return;
      refill();
      if (left >= 1) run();
      else cancel = clock.after((1 - left) * everyMs, run);
    },
    end() {
      cancel?.();
      cancel = undefined;
    },
  };
}
