/** Waiting on conditions of a real cluster. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../src/support/errors.ts';

const intervalMs = 250;

/**
 * Repeats `check` until it returns a value other than undefined or false.
 * @param what said in the error when `timeoutMs` runs out, with what the last attempt said.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = 'the condition did not hold';
  while (Date.now() < deadline) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = messageOf(error);
    }
    await delay(intervalMs);
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s; last: ${last}`);
}
