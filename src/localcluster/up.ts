/** Brings a cluster up, or what is missing of it. */
import { hostAddOns, nodeAddOns } from './addons/modules.ts';
import {
  awaitNodes,
  ensureApiserver,
  ensureControllers,
  ensureDns,
  ensureStorage,
  writeHostFiles,
} from './controlplane.ts';
import { ensureAddOns, ensureKubernetes } from './binaries.ts';
import type { ClusterConfig } from './config.ts';
import { execute } from './exec.ts';
import { ensureHold } from './hold.ts';
import type { Hold } from './hold.ts';
import { ensureHostNetwork, refuseForeignBridge } from './hostnet.ts';
import { importInto } from './images.ts';
import { ensureAgents, ensureContainerd, ensureNamespaces, writeNodeFiles } from './node/start.ts';
import { ensurePackages } from './packages.ts';
import { ensurePki } from './pki/store.ts';
import type { Progress, Step } from './progress.ts';
import { refuseOldCluster, rememberCluster } from './state.ts';
import { rememberSysctls } from './sysctls.ts';

export interface UpStep {
  name: string;
  run(config: ClusterConfig, step: Step, signal: AbortSignal): Promise<void>;
}

async function makeNodes(config: ClusterConfig, hold: Hold, signal: AbortSignal): Promise<void> {
  const each = config.nodes.map(async (node) => {
    await writeNodeFiles(config, node);
    const init = await ensureNamespaces(config, node, hold);
    await ensureContainerd(config, node, signal);
    await importInto(init, hold.archive, signal);
  });
  await Promise.all(each);
}

async function nodePrograms(config: ClusterConfig, step: Step, signal: AbortSignal): Promise<void> {
  await ensureAddOns(config, nodeAddOns(config), step, signal);
}

async function certificates(config: ClusterConfig, step: Step): Promise<void> {
  const issued = await ensurePki(config, Date.now());
  step.note(issued.length === 0 ? 'all fresh' : `issued ${issued.length}`);
  await writeHostFiles(config);
}

/** Modules that distributions load on demand; a kernel that has them built in needs nothing. */
async function network(config: ClusterConfig): Promise<void> {
  for (const name of ['br_netfilter', 'overlay', 'tun', 'kvm']) await execute(['modprobe', name]);
  await ensureHostNetwork(config);
  await rememberSysctls(config);
}

async function machinery(config: ClusterConfig, _: Step, signal: AbortSignal): Promise<void> {
  const hold = await ensureHold(config.cacheDir, signal);
  await Promise.all([ensureApiserver(config, signal), makeNodes(config, hold, signal)]);
}

async function nodes(config: ClusterConfig, step: Step, signal: AbortSignal): Promise<void> {
  await ensureControllers(config, signal);
  await Promise.all(config.nodes.map((node) => ensureAgents(config, node)));
  await awaitNodes(config, signal);
  step.note(`${config.nodes.map((node) => node.name).join(', ')} Ready`);
}

async function addOns(config: ClusterConfig, step: Step, signal: AbortSignal): Promise<void> {
  await ensureAddOns(config, hostAddOns(config), step, signal);
  await ensureDns(config, signal);
  await ensureStorage(config, signal);
}

/** Every step after the packages, in order; each may be repeated, and each finds what an interrupted run left. */
export const upSteps: readonly UpStep[] = [
  { name: 'Kubernetes programs', run: ensureKubernetes },
  { name: 'network programs', run: nodePrograms },
  { name: 'certificates', run: certificates },
  { name: 'network', run: network },
  { name: 'control plane and containerd', run: machinery },
  { name: 'nodes', run: nodes },
  { name: 'DNS and storage', run: addOns },
];

/**
 * Runs every step.
 * @throws MonovirtError `ForeignCluster` before anything is made when the network belongs to another cluster.
 * @throws MonovirtError `OldCluster` when another release made this one.
 */
export async function bringUp(config: ClusterConfig, progress: Progress, signal: AbortSignal): Promise<void> {
  await progress.step('packages', (step) => ensurePackages(step, signal));
  await refuseForeignBridge(config);
  await refuseOldCluster(config);
  await rememberCluster(config);
  for (const part of upSteps) await progress.step(part.name, (step) => part.run(config, step, signal));
}
