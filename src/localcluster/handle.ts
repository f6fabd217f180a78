/** A running cluster as tests and other commands use it. */
import { MonovirtError } from '../support/errors.ts';
import { kubectlPath } from './api.ts';
import type { ClusterConfig, ClusterOptions } from './config.ts';
import { execute } from './exec.ts';
import type { RunOptions, RunResult } from './exec.ts';
import { importInto } from './images.ts';
import { endProcess, ensureProcess, initName, insideNamespaces, logPath } from './processes.ts';
import { runningProcess } from './records.ts';
import { processNamed } from './specs.ts';
import { loadCluster } from './state.ts';

export interface ClusterHandle {
  readonly config: ClusterConfig;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of a kubectl of the cluster's version. */
  readonly kubectl: string;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
  /** Runs a program inside all namespaces of a node; a code other than 0 is no error. */
  exec(node: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Imports an OCI archive into one node, or into all; returns whether any node lacked it. */
  importImage(archive: string, signal: AbortSignal, node?: string): Promise<boolean>;
  /** Host pid of a component such as `kube-apiserver`, `etcd`, `node1-kubelet`; null when it does not run. */
  pid(component: string): Promise<number | null>;
  /** Ends a component, with SIGKILL unless told otherwise, and returns when it is gone. */
  kill(component: string, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a component that does not run. */
  start(component: string): Promise<void>;
  /** Path of a component's log. */
  log(component: string): string;
}

async function initOf(config: ClusterConfig, node: string): Promise<number> {
  const init = await runningProcess(config.runDir, initName(node));
  if (init !== null) return init.pid;
  throw new MonovirtError('NodeDown', `node ${node} does not run; run \`up\``);
}

/**
 * Imports an OCI archive into one node's container runtime, unless the same digest is there.
 * @returns whether it was imported.
 */
export async function importImage(
  config: ClusterConfig,
  node: string,
  archive: string,
  signal: AbortSignal,
): Promise<boolean> {
  return importInto(await initOf(config, node), archive, signal);
}

async function killComponent(
  config: ClusterConfig,
  component: string,
  signal: NodeJS.Signals,
): Promise<void> {
  const running = await runningProcess(config.runDir, processNamed(config, component).name);
  if (running !== null) await endProcess(running, signal);
}

export function handleOf(config: ClusterConfig): ClusterHandle {
  const nodes = config.nodes.map((node) => node.name);
  return {
    config,
    kubeconfig: config.kubeconfig,
    kubectl: kubectlPath(config),
    nodes,
    exec: async (node, argv, options) => execute(insideNamespaces(await initOf(config, node), argv), options),
    importImage: async (archive, signal, node) => {
      const wanted = node === undefined ? nodes : [node];
      const imported = await Promise.all(wanted.map((name) => importImage(config, name, archive, signal)));
      return imported.includes(true);
    },
    pid: async (component) => (await runningProcess(config.runDir, component))?.pid ?? null,
    kill: (component, signal = 'SIGKILL') => killComponent(config, component, signal),
    start: async (component) => void (await ensureProcess(config, processNamed(config, component))),
    log: (component) => logPath(config, component),
  };
}

/**
 * Opens a cluster that `up` made.
 * @throws MonovirtError `NoCluster` when there is none.
 */
export async function openCluster(options: ClusterOptions = {}): Promise<ClusterHandle> {
  const { config, exists } = await loadCluster(options);
  if (exists) return handleOf(config);
  throw new MonovirtError(
    'NoCluster',
    `there is no cluster in ${config.stateDir}: run \`up\` first`,
    'never',
  );
}
