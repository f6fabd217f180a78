/** What the routes of the aggregated API are given. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import type { KubeClient } from '../kube/types.ts';
import type { AgentTls } from './agent-endpoint.ts';
import type { RequestHeaderConfig } from './identity.ts';

export interface SubresourceDeps {
  client: KubeClient;
  /** Namespace that the node agents run in. */
  namespace: string;
  requestHeaders: () => RequestHeaderConfig;
  agentTls: () => AgentTls;
  cluster: () => ClusterConfig;
  /** Our version, as `v1.2.3`. */
  version: string;
}
