/** What a cluster is doing. */
import { apiserverReady, kubectl } from './api.ts';
import type { ClusterConfig } from './config.ts';
import { initName } from './processes.ts';
import { residentBytes } from './procfs.ts';
import { runningProcess } from './records.ts';
import { allProcesses } from './specs.ts';
import { corednsVersion, kubernetesVersion } from './versions.ts';

export interface ProcessStatus {
  name: string;
  /** Null when it does not run. */
  pid: number | null;
  residentBytes: number;
}

export interface ClusterStatus {
  exists: boolean;
  healthy: boolean;
  apiReady: boolean;
  processes: ProcessStatus[];
  /** kubectl's table of nodes; empty when the apiserver does not answer. */
  nodes: string;
  config: ClusterConfig;
}

async function processStatus(config: ClusterConfig, name: string): Promise<ProcessStatus> {
  const running = await runningProcess(config.runDir, name);
  return {
    name,
    pid: running?.pid ?? null,
    residentBytes: running === null ? 0 : await residentBytes(running.pid),
  };
}

/** Looks at every process, the apiserver and the nodes. */
export async function readStatus(config: ClusterConfig, exists: boolean): Promise<ClusterStatus> {
  const names = [
    ...allProcesses(config).map((spec) => spec.name),
    ...config.nodes.map((node) => initName(node.name)),
  ];
  const processes = await Promise.all(names.map((name) => processStatus(config, name)));
  const apiReady = exists && (await apiserverReady(config).catch(() => false));
  const nodes = apiReady ? await kubectl(config, ['get', 'nodes', '--output', 'wide']).catch(() => '') : '';
  const ready = nodes.split('\n').filter((line) => /\sReady\s/.test(line)).length;
  const running = processes.every((process) => process.pid !== null);
  return {
    exists,
    healthy: running && apiReady && ready === config.nodes.length,
    apiReady,
    processes,
    nodes,
    config,
  };
}

function processLine({ name, pid, residentBytes: bytes }: ProcessStatus): string {
  const state =
    pid === null
      ? 'not running'
      : `pid ${String(pid).padEnd(8)} ${(bytes / 1048576).toFixed(0).padStart(5)} MiB`;
  return `  ${name.padEnd(26)} ${state}`;
}

/** Renders a status for people. Pure. */
export function formatStatus(status: ClusterStatus): string {
  const { config } = status;
  if (!status.exists) return `no cluster in ${config.stateDir}; \`up\` makes one\n`;
  return [
    `cluster     ${config.name}: ${status.healthy ? 'healthy' : 'not healthy; `up` repairs it'}`,
    `versions    Kubernetes ${kubernetesVersion}, CoreDNS ${corednsVersion}`,
    `apiserver   ${config.apiUrl} ${status.apiReady ? 'ready' : 'does not answer'}`,
    `kubeconfig  ${config.kubeconfig}`,
    `state       ${config.stateDir}`,
    `logs        ${config.logDir}`,
    'processes',
    ...status.processes.map(processLine),
    ...(status.nodes === '' ? [] : [status.nodes.trimEnd()]),
    '',
  ].join('\n');
}
