/** Waiting for things that send no event. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MonovirtError } from '../support/errors.ts';

export interface WaitOptions {
  timeoutMs: number;
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Asks `check` until it says true. Only for what has no event to wait for, such as the end of a process that is
 * not our child.
 * @throws MonovirtError `Timeout` naming `what`.
 */
export async function waitFor(
  what: string,
  check: () => Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  while (!(await check())) {
    options.signal?.throwIfAborted();
    if (performance.now() > deadline) {
      throw new MonovirtError('Timeout', `${what} did not happen within ${options.timeoutMs / 1000} s`);
    }
    await sleep(options.intervalMs ?? 50, undefined, { signal: options.signal });
  }
}
