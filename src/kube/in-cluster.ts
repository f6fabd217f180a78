/** Configuration from the service account that the kubelet mounts into a pod. */
import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { KubeConfig } from './kube-config.ts';
import { credentialFile } from './credential-file.ts';

const defaultDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this process runs in a pod with a service account token. */
export const isInCluster = (env: NodeJS.ProcessEnv, directory = defaultDirectory): boolean =>
  env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(join(directory, 'token'));

/** Token and CA are read again within a minute of a change; the namespace of a pod never changes. */
export function inClusterConfig(
  env: NodeJS.ProcessEnv,
  directory = defaultDirectory,
  clock: Clock = systemClock,
): KubeConfig {
  const token = credentialFile(join(directory, 'token'), clock);
  const ca = credentialFile(join(directory, 'ca.crt'), clock);
  const namespace = readFileSync(join(directory, 'namespace'), 'utf8').trim();
  return {
    server: `https://${hostOf(env['KUBERNETES_SERVICE_HOST'] ?? '')}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace,
    tls: async () => ({ ca: await ca.read() }),
    authHeaders: async () => ({ authorization: `Bearer ${await token.read()}` }),
    invalidate: () => token.invalidate(),
  };
}

const hostOf = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
