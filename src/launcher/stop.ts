/** Ending a child process for certain. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Asks a child to end and kills it when it has not after `graceMs`.
 * Resolves when it is gone; at once when it is already.
 */
export async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(killer);
}
