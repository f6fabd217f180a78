/** The few things the cluster's own commands ask of its API. */
import { request } from 'node:https';
import { join } from 'node:path';
import type { ClusterConfig } from './config.ts';
import { run } from './exec.ts';
import type { RunOptions } from './exec.ts';
import { readPem } from './pki/store.ts';

export const kubectlPath = (config: ClusterConfig): string => join(config.kubernetesBin, 'kubectl');

/** Runs kubectl as the cluster's administrator and returns its standard output. */
export async function kubectl(
  config: ClusterConfig,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return run([kubectlPath(config), '--kubeconfig', config.kubeconfig, ...args], options);
}

/** Creates or updates objects. */
export async function applyObjects(
  config: ClusterConfig,
  objects: readonly object[],
  signal: AbortSignal,
): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(config, ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input, signal });
}

const requestTimeoutMs = 2000;

/** @returns whether the apiserver says that it is ready. */
export async function apiserverReady(config: ClusterConfig): Promise<boolean> {
  const ca = await readPem(config, 'ca.crt');
  return new Promise((resolve) => {
    const outgoing = request(
      `${config.apiUrl}/readyz`,
      { ca, timeout: requestTimeoutMs, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}
