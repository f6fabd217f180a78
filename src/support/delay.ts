/** Waiting for time to pass. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts; it never rejects. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Milliseconds before attempt `attempt` (from 0): doubles from `baseMs` up to `maxMs`, spread by ±25 %. */
export function backoffMs(attempt: number, baseMs: number, maxMs: number): number {
  return Math.min(baseMs * 2 ** Math.min(attempt, 30), maxMs) * (0.75 + Math.random() / 2);
}
