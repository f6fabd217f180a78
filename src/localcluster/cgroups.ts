/** The cgroups of nodes, for version 1, version 2 and both at once. */
import { access, mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readIfThere } from './files.ts';
import { waitFor } from './wait.ts';

export interface CgroupMount {
  path: string;
  version: 1 | 2;
}

/** Finds the cgroup file systems in a mount table (/proc/self/mounts). Each mount point is named once. */
export function parseCgroupMounts(table: string): CgroupMount[] {
  const found = new Map<string, CgroupMount>();
  for (const line of table.split('\n')) {
    const [, path, type] = line.split(' ');
    if (path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    found.set(path, { path, version: type === 'cgroup' ? 1 : 2 });
  }
  return [...found.values()];
}

async function cgroupMounts(): Promise<CgroupMount[]> {
  return parseCgroupMounts(await readFile('/proc/self/mounts', 'utf8'));
}

/** A version 1 cpuset accepts no process before it names processors and memory nodes. */
async function inheritCpuset(parent: string, child: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = await readIfThere(join(child, file));
    const above = await readIfThere(join(parent, file));
    if (own !== null && own.trim() === '' && above !== null) await writeFile(join(child, file), above);
  }
}

/** Hands every controller of a version 2 cgroup on to its children, as far as the machine allows. */
async function delegate(path: string): Promise<void> {
  const controllers = ((await readIfThere(join(path, 'cgroup.controllers'))) ?? '').trim().split(' ');
  for (const controller of controllers.filter((name) => name !== '')) {
    await writeFile(join(path, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}

async function createBelow(mount: CgroupMount, cgroup: string): Promise<void> {
  let parent = mount.path;
  for (const part of cgroup.split('/')) {
    if (mount.version === 2) await delegate(parent);
    const child = join(parent, part);
    await mkdir(child, { recursive: true });
    if (mount.version === 1) await inheritCpuset(parent, child);
    parent = child;
  }
}

/** Creates a cgroup and its parents below every controller. */
export async function ensureCgroup(cgroup: string): Promise<void> {
  for (const mount of await cgroupMounts()) await createBelow(mount, cgroup);
}

/** The files through which a process enters a cgroup. */
export async function cgroupProcsFiles(cgroup: string): Promise<string[]> {
  return (await cgroupMounts()).map((mount) => join(mount.path, cgroup, 'cgroup.procs'));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Where a cgroup exists at present. */
export async function cgroupDirs(cgroup: string): Promise<string[]> {
  const dirs = (await cgroupMounts()).map((mount) => join(mount.path, cgroup));
  const there = await Promise.all(dirs.map(exists));
  return dirs.filter((_, i) => there[i]);
}

/** Processes in a cgroup and all below it. */
export async function cgroupPids(cgroup: string): Promise<number[]> {
  const pids = new Set<number>();
  for (const dir of await cgroupDirs(cgroup)) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (entry.name !== 'cgroup.procs') continue;
      const text = (await readIfThere(join(entry.parentPath, entry.name)).catch(() => null)) ?? '';
      for (const pid of text.split('\n').filter((line) => line !== '')) pids.add(Number(pid));
    }
  }
  return [...pids];
}

async function removeTree(dir: string): Promise<void> {
  try {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeTree(join(dir, entry.name));
    }
    await rmdir(dir);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * Removes a cgroup and all below it. The kernel frees a cgroup a moment after its last process, so this insists.
 * @throws MonovirtError `Timeout` when a process stays.
 */
export async function removeCgroup(cgroup: string): Promise<void> {
  for (const dir of await cgroupDirs(cgroup)) {
    const removed = (): Promise<boolean> =>
      removeTree(dir).then(
        () => true,
        () => false,
      );
    await waitFor(`the removal of ${dir}`, removed, { timeoutMs: 10_000 });
  }
}
