/** What the command line offers: `up`, `down` and `status`. They print to standard output. */
import { MonovirtError } from '../support/errors.ts';
import type { ClusterOptions } from './config.ts';
import { takeDown } from './down.ts';
import { handleOf } from './handle.ts';
import type { ClusterHandle } from './handle.ts';
import { refuseForeignBridge } from './hostnet.ts';
import { lockCluster } from './lock.ts';
import { createProgress } from './progress.ts';
import { loadCluster } from './state.ts';
import { formatStatus, readStatus } from './status.ts';
import type { ClusterStatus } from './status.ts';
import { bringUp } from './up.ts';

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new MonovirtError(
    'NotRoot',
    'a local cluster makes namespaces, mounts and network devices: run as root',
    'never',
  );
}

/**
 * Makes a cluster, or what is missing of one: nothing changes in one that is whole. Never removes a node.
 * @throws MonovirtError `ForeignCluster`, `ClusterBusy`, or the reason of the step that failed.
 */
export async function up(options: ClusterOptions, signal: AbortSignal): Promise<ClusterHandle> {
  requireRoot();
  const progress = createProgress(process.stdout);
  const { config } = await loadCluster(options);
  await using lock = await lockCluster(config.name);
  void lock;
  await bringUp(config, progress, signal);
  progress.say(`cluster ${config.name} is ready: export KUBECONFIG=${config.kubeconfig}`);
  return handleOf(config);
}

/**
 * Removes a cluster and checks that nothing is left. Programs and logs stay in the cache.
 * @returns what is left; empty when all is gone.
 */
export async function down(options: ClusterOptions, signal: AbortSignal): Promise<string[]> {
  requireRoot();
  signal.throwIfAborted();
  const progress = createProgress(process.stdout);
  const { config } = await loadCluster(options);
  await using lock = await lockCluster(config.name);
  void lock;
  await refuseForeignBridge(config);
  const leftovers = await takeDown(config, progress);
  for (const item of leftovers) progress.say(`still there: ${item}`);
  if (leftovers.length === 0) progress.say(`nothing is left of ${config.name}; logs are in ${config.logDir}`);
  return leftovers;
}

/** Prints processes, nodes, versions, paths and health. */
export async function status(options: ClusterOptions): Promise<ClusterStatus> {
  const { config, exists } = await loadCluster(options);
  const found = await readStatus(config, exists);
  process.stdout.write(formatStatus(found));
  return found;
}
