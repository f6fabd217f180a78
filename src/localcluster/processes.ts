/** Starts and ends the cluster's programs, which outlive the command that started them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MonovirtError } from '../support/errors.ts';
import { cgroupProcsFiles, ensureCgroup } from './cgroups.ts';
import type { ProcessSpec } from './components.ts';
import type { ClusterConfig } from './config.ts';
import { isMissing, readIfThere } from './files.ts';
import { childrenOf, identify, isAlive } from './procfs.ts';
import type { ProcessIdentity } from './procfs.ts';
import { digestOf, readRecord, removeRecord, runningProcess, writeRecord } from './records.ts';
import { findStrays } from './strays.ts';
import { waitFor } from './wait.ts';

const termTimeoutMs = 8000;
const killTimeoutMs = 10_000;

/** Name under which the first process of a node is on record. */
export const initName = (node: string): string => `${node}-init`;

export const logPath = (config: ClusterConfig, name: string): string => join(config.logDir, `${name}.log`);

/** Opens a fresh log; the one before stays beside it as `.1`. */
async function openLog(config: ClusterConfig, name: string): Promise<FileHandle> {
  await mkdir(config.logDir, { recursive: true });
  const path = logPath(config, name);
  await rename(path, `${path}.1`).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  return open(path, 'a', 0o640);
}

/** The last lines a program logged, for messages about its end. */
export async function logTail(config: ClusterConfig, name: string, lines = 5): Promise<string> {
  const text = (await readIfThere(logPath(config, name))) ?? '';
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

const plainEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** Enters cgroups, whose `cgroup.procs` files precede `--`, then becomes the program. */
const enterCgroups = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; ';
/** Tells the starter that the program is about to run, in its cgroups and namespaces. */
const announce = 'echo ready >&3; exec 3>&-; exec "$@"';

export interface Launch {
  argv: readonly string[];
  cwd?: string;
  cgroup?: string;
  /** The program is the child of `argv` and writes a line to descriptor 3 once it is ready. */
  forks?: boolean;
}

async function firstLine(stream: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    stream.once('data', () => resolve(true));
    stream.once('end', () => resolve(false));
    stream.once('error', () => resolve(false));
  });
}

function spawnDetached(launch: Launch, log: number, cgroupFiles: readonly string[]): ChildProcess {
  const script = enterCgroups + (launch.forks === true ? 'exec "$@"' : announce);
  return spawn('/bin/sh', ['-c', script, 'sh', ...cgroupFiles, '--', ...launch.argv], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: plainEnvironment,
    cwd: launch.cwd ?? '/',
  });
}

async function programPid(child: ChildProcess, forks: boolean): Promise<number | undefined> {
  const ready = child.stdio[3] as Readable;
  const announced = await firstLine(ready);
  ready.destroy();
  if (!announced || child.pid === undefined) return undefined;
  return forks ? (await childrenOf(child.pid))[0] : child.pid;
}

/**
 * Starts a program that outlives us.
 * @throws MonovirtError `ProcessDied` with the end of its log when it is gone at once.
 */
export async function launchDetached(
  config: ClusterConfig,
  name: string,
  launch: Launch,
): Promise<ProcessIdentity> {
  const cgroupFiles = launch.cgroup === undefined ? [] : await cgroupProcsFiles(launch.cgroup);
  const log = await openLog(config, name);
  try {
    const child = spawnDetached(launch, log.fd, cgroupFiles);
    child.on('error', () => undefined);
    child.unref();
    const pid = await programPid(child, launch.forks ?? false);
    const identity = pid === undefined ? null : await identify(pid);
    if (identity !== null) return identity;
  } finally {
    await log.close();
  }
  throw new MonovirtError('ProcessDied', `${name} ended at once: ${await logTail(config, name)}`);
}

/** The command line that runs `argv` inside the namespaces of the process `pid`. */
export function insideNamespaces(pid: number, argv: readonly string[]): string[] {
  return ['nsenter', '--target', String(pid), '--mount', '--net', '--pid', '--uts', '--ipc', '--', ...argv];
}

const cgroupOf = (config: ClusterConfig, spec: ProcessSpec): string =>
  spec.node === undefined ? `${config.cgroup}/control-plane` : `${config.cgroup}/${spec.node}/system`;

async function launchOf(config: ClusterConfig, spec: ProcessSpec): Promise<Launch> {
  const cgroup = cgroupOf(config, spec);
  if (spec.node === undefined) {
    await ensureCgroup(cgroup);
    return { argv: spec.argv, cgroup, ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }) };
  }
  const init = await runningProcess(config.runDir, initName(spec.node));
  if (init === null)
    throw new MonovirtError('NodeDown', `${spec.name}: ${spec.node} does not run; run \`up\``);
  const argv = insideNamespaces(init.pid, ['/bin/sh', '-c', announce, 'sh', ...spec.argv]);
  return { argv, cgroup, forks: true };
}

/** What happened to a process: it ran already, or was started, or was started anew because its files changed. */
export type Ensured = 'running' | 'started' | 'restarted';

/** Starts a process that does not run, and starts one anew that was started differently. */
export async function ensureProcess(config: ClusterConfig, spec: ProcessSpec): Promise<Ensured> {
  const digest = await digestOf(spec);
  const record = await readRecord(config.runDir, spec.name);
  const alive = record !== null && (await isAlive(record));
  if (alive && record.digest === digest) return 'running';
  if (alive) await stopProcess(config, spec.name);
  for (const stray of await findStrays(cgroupOf(config, spec), spec.argv)) await endProcess(stray);
  for (const socket of spec.sockets ?? []) await rm(socket, { force: true });
  const identity = await launchDetached(config, spec.name, await launchOf(config, spec));
  await writeRecord(config.runDir, { ...identity, name: spec.name, digest, argv: [...spec.argv] });
  return alive ? 'restarted' : 'started';
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function endsWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const gone = async (): Promise<boolean> => !(await isAlive(identity));
  return waitFor(`the end of process ${identity.pid}`, gone, { timeoutMs, intervalMs: 20 }).then(
    () => true,
    () => false,
  );
}

/**
 * Ends a process whose identity is certain: asks first, then kills.
 * @throws MonovirtError `ProcessStuck` when even SIGKILL does not end it.
 */
export async function endProcess(
  identity: ProcessIdentity,
  first: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (!(await isAlive(identity))) return;
  send(identity.pid, first);
  if (first !== 'SIGKILL' && (await endsWithin(identity, termTimeoutMs))) return;
  send(identity.pid, 'SIGKILL');
  if (await endsWithin(identity, killTimeoutMs)) return;
  throw new MonovirtError(
    'ProcessStuck',
    `process ${identity.pid} survives SIGKILL: it waits inside the kernel`,
  );
}

/** Ends a process on record and forgets it. */
export async function stopProcess(
  config: ClusterConfig,
  name: string,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const running = await runningProcess(config.runDir, name);
  if (running !== null) await endProcess(running, signal);
  await removeRecord(config.runDir, name);
}
