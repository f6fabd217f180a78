/** Who a process is, read from /proc. */
import { readdir, readFile } from 'node:fs/promises';
import { readIfThere } from './files.ts';

/** A pid alone is reused; together with the start time and the boot it names one process for ever. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, as text: field 22 of /proc/PID/stat. */
  startTime: string;
  bootId: string;
}

export interface Stat {
  state: string;
  parent: number;
  startTime: string;
}

/** Parses /proc/PID/stat, whose second field may hold spaces and brackets. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
}

/** @returns null when there is no such process, or only its remains are left. */
export async function statOf(pid: number): Promise<Stat | null> {
  const text = await readIfThere(`/proc/${pid}/stat`).catch(() => null);
  if (text === null) return null;
  const stat = parseStat(text);
  return stat.state === 'Z' || stat.state === 'X' ? null : stat;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await statOf(pid);
  return stat === null ? null : { pid, startTime: stat.startTime, bootId: await bootId() };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

export async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

export async function childrenOf(parent: number): Promise<number[]> {
  const pids = await allPids();
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return stats.filter(({ stat }) => stat?.parent === parent).map(({ pid }) => pid);
}

/** Resident memory in bytes; 0 when the process is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readIfThere(`/proc/${pid}/status`).catch(() => null);
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
