/** The cluster that a command talks to. */
import type { ClientOptions } from 'ws';
import { createKubeClient } from '../kube/client.ts';
import { loadConfig, tlsOptions } from '../kube/config.ts';
import type { KubeConfig } from '../kube/kube-config.ts';
import type { ApiClient } from '../kube/client.ts';

/** Flags that every cluster command takes. */
export interface ClusterFlags {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
}

export interface Session {
  client: ApiClient;
  namespace: string;
  /** Options for a WebSocket to the API server. */
  webSocket(): Promise<ClientOptions>;
  /** `wss://…` of an absolute path at the API server. */
  streamUrl(path: string): string;
  close(): Promise<void>;
}

/** @throws MonovirtError KubeconfigNotFound and the like, with what was looked for. */
export async function openSession(flags: ClusterFlags): Promise<Session> {
  const config = await loadConfig({
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  const client = createKubeClient(config, { userAgent: 'monovirt-cli' });
  return {
    client,
    namespace: flags.namespace ?? config.namespace,
    webSocket: () => webSocketOptions(config),
    streamUrl: (path) => config.server.replace(/^http/, 'ws') + path,
    close: () => client.close(),
  };
}

async function webSocketOptions(config: KubeConfig): Promise<ClientOptions> {
  const [tls, headers] = await Promise.all([tlsOptions(config), config.authHeaders()]);
  return { ...tls, headers } as ClientOptions;
}
