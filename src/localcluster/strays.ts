/** Processes that were started by a command that was killed before it could write their record. */
import { cgroupPids } from './cgroups.ts';
import { readIfThere } from './files.ts';
import { identify } from './procfs.ts';
import type { ProcessIdentity } from './procfs.ts';

/**
 * @returns whether a process's `/proc/PID/cmdline` is this command line, or one that leads to it: the shell and
 * `nsenter` that are about to become it, or are its parents. Pure.
 */
export function isCommandLine(cmdline: string, argv: readonly string[]): boolean {
  return `\0${cmdline}`.endsWith(`\0${argv.join('\0')}\0`);
}

/** @returns the processes of a cgroup, and those below it, that were started for this command line. */
export async function findStrays(cgroup: string, argv: readonly string[]): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const pid of await cgroupPids(cgroup)) {
    const cmdline = (await readIfThere(`/proc/${pid}/cmdline`).catch(() => null)) ?? '';
    const identity = isCommandLine(cmdline, argv) ? await identify(pid) : null;
    if (identity !== null) found.push(identity);
  }
  return found;
}

/** @returns every process of a cgroup and below it. */
export async function allIn(cgroup: string): Promise<ProcessIdentity[]> {
  const identities = await Promise.all((await cgroupPids(cgroup)).map(identify));
  return identities.filter((identity) => identity !== null);
}
