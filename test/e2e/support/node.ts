/** The machine under the cluster: programs on nodes, and killing things. */
import { openCluster } from '../../../src/localcluster/handle.ts';
import type { ClusterHandle } from '../../../src/localcluster/handle.ts';

/** The local cluster that `make up` made: faults are made nowhere else. */
export const localCluster = (): Promise<ClusterHandle> => openCluster();

/** Runs a shell script in all namespaces of a node. Rejects when it ends with anything but 0. */
export async function nodeRun(node: string, script: string): Promise<string> {
  const cluster = await localCluster();
  const { code, stdout, stderr } = await cluster.exec(node, ['sh', '-c', script]);
  if (code !== 0) throw new Error(`on ${node}: "${script}" ended with ${code}: ${stderr}`);
  return stdout;
}

/** Pids, in the node's own numbering, of processes whose command line matches an extended regular expression. */
export async function pidsOn(node: string, pattern: string): Promise<number[]> {
  // The bracket keeps the searching shell from finding itself.
  const hidden = `[${pattern.slice(0, 1)}]${pattern.slice(1)}`;
  const script = `for d in /proc/[0-9]*; do tr '\\0' ' ' < $d/cmdline 2>/dev/null | grep -qE '${hidden}' && echo \${d#/proc/}; done; true`;
  const output = await nodeRun(node, script);
  return output.split('\n').filter(Boolean).map(Number);
}

/** SIGKILL to every process that matches; rejects when there is none. */
export async function killOn(node: string, pattern: string): Promise<void> {
  const pids = await pidsOn(node, pattern);
  if (pids.length === 0) throw new Error(`nothing on ${node} matches ${pattern}`);
  await nodeRun(node, `kill -9 ${pids.join(' ')}`);
}
