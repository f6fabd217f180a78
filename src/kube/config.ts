/** Where the API server is and how to prove who we are. */
import type { ConnectionOptions } from 'node:tls';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import { inClusterConfig, isInCluster } from './in-cluster.ts';
import type { KubeConfig } from './kube-config.ts';

export interface ConfigSources {
  env?: NodeJS.ProcessEnv;
  /** Path of a kubeconfig file; wins over everything else. */
  kubeconfig?: string;
  /** Context to use instead of the file's current-context. */
  context?: string;
}

/**
 * Finds the API server: the named kubeconfig, `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
 * Rejects with a MonovirtError that says what was looked for.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<KubeConfig> {
  const env = sources.env ?? process.env;
  const named = sources.kubeconfig === undefined ? listed(env) : [sources.kubeconfig];
  if (named.length === 0 && isInCluster(env)) return inClusterConfig(env);
  const fallback = join(env['HOME'] ?? homedir(), '.kube', 'config');
  const paths = named.length > 0 ? named : [fallback];
  if (!paths.some((path) => existsSync(path))) throw notFound(paths);
  // Loaded on demand: a pod uses its service account and should not pay for a YAML parser.
  const { loadKubeconfig } = await import('./kubeconfig.ts');
  return loadKubeconfig(paths, sources.context);
}

const listed = (env: NodeJS.ProcessEnv): string[] =>
  (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');

const notFound = (paths: string[]): MonovirtError =>
  new MonovirtError(
    'KubeconfigNotFound',
    `no kubeconfig at ${paths.join(', ')} and no service account of a pod; set KUBECONFIG or pass --kubeconfig`,
    'never',
  );

/** Options for `tls.connect`, `https.request` and the `ws` package. */
export async function tlsOptions(config: KubeConfig): Promise<ConnectionOptions> {
  const { ca, cert, key, serverName, insecure } = await config.tls();
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(insecure === true && { rejectUnauthorized: false }),
  };
}
