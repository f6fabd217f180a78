/** Takes a cluster down and looks for anything left of it. */
import { readFile, rm } from 'node:fs/promises';
import { cgroupDirs, cgroupPids, removeCgroup } from './cgroups.ts';
import type { ClusterConfig } from './config.ts';
import { isMissing } from './files.ts';
import { remainingLinks, removeHostNetwork } from './hostnet.ts';
import { endProcess, initName, stopProcess } from './processes.ts';
import { isAlive } from './procfs.ts';
import type { Progress } from './progress.ts';
import { listRecords } from './records.ts';
import { allIn } from './strays.ts';
import { restoreSysctls } from './sysctls.ts';

/**
 * Ends nodes at once, as pulling the plug would: with its first process the kernel ends every process of a
 * node's PID namespace, and with them go its mounts and network.
 */
async function stopNodes(config: ClusterConfig): Promise<void> {
  await Promise.all(config.nodes.map((node) => stopProcess(config, initName(node.name), 'SIGKILL')));
  for (const node of config.nodes) {
    for (const left of await allIn(node.cgroup)) await endProcess(left, 'SIGKILL');
  }
}

/** In the opposite order of their start, so that none complains about another's absence for long. */
async function stopControlPlane(config: ClusterConfig): Promise<void> {
  const records = await listRecords(config.runDir);
  const early = records.filter(({ name }) => name !== 'etcd' && name !== 'kube-apiserver');
  await Promise.all(early.map(({ name }) => stopProcess(config, name)));
  // Watches keep a terminating apiserver waiting; nothing is lost by not asking it.
  await stopProcess(config, 'kube-apiserver', 'SIGKILL');
  await stopProcess(config, 'etcd');
  for (const stray of await allIn(config.cgroup)) await endProcess(stray, 'SIGKILL');
}

/** Lines of a mount table that belong to a state folder. Pure. */
export function mountsBelow(table: string, stateDir: string): string[] {
  const points = table.split('\n').map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point === stateDir || point.startsWith(`${stateDir}/`));
}

/**
 * Everything of the cluster that is still there: processes, mounts, network devices, cgroups.
 */
export async function findLeftovers(config: ClusterConfig): Promise<string[]> {
  const alive = await Promise.all(
    (await listRecords(config.runDir)).map(async (record) => ((await isAlive(record)) ? [record] : [])),
  );
  const mounts = mountsBelow(await readFile('/proc/self/mounts', 'utf8'), config.stateDir);
  return [
    ...alive.flat().map(({ name, pid }) => `process ${pid} (${name})`),
    ...(await cgroupPids(config.cgroup)).map((pid) => `process ${pid} in cgroup ${config.cgroup}`),
    ...mounts.map((point) => `mount ${point}`),
    ...(await remainingLinks(config)).map((name) => `network device ${name}`),
    ...(await cgroupDirs(config.cgroup)).map((dir) => `cgroup ${dir}`),
  ];
}

async function removeState(config: ClusterConfig): Promise<void> {
  await rm(config.stateDir, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** @returns what could not be removed; empty when nothing is left. The state folder stays until all else is gone. */
export async function takeDown(config: ClusterConfig, progress: Progress): Promise<string[]> {
  await progress.step('nodes', () => stopNodes(config));
  await progress.step('control plane', () => stopControlPlane(config));
  await progress.step('network', () => removeHostNetwork(config));
  await progress.step('cgroups', () => removeCgroup(config.cgroup));
  await progress.step('kernel settings', () => restoreSysctls(config));
  const leftovers = await findLeftovers(config);
  if (leftovers.length === 0) await progress.step('state', () => removeState(config));
  return leftovers;
}
