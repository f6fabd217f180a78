/** API objects that a cluster starts with. Pure. */
import type { ClusterConfig, NodeConfig } from './config.ts';
import { dnsPort } from './components.ts';

/** A Node that already knows its pod range; its kubelet fills in the rest. */
export function nodeObject(node: NodeConfig): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name },
    spec: { podCIDR: node.podCidr, podCIDRs: [node.podCidr] },
  };
}

const dnsReader = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'system:coredns' },
  rules: [
    { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ],
};

const dnsReaderBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'system:coredns' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:coredns' }],
};

/** The service `kube-dns` leads to CoreDNS on the host, so that no node carries it. */
export function dnsObjects(config: ClusterConfig): object[] {
  const metadata = { namespace: 'kube-system', name: 'kube-dns' };
  const ports = (['UDP', 'TCP'] as const).map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    protocol,
  }));
  return [
    dnsReader,
    dnsReaderBinding,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, labels: { 'k8s-app': 'kube-dns' } },
      spec: {
        clusterIP: config.dnsServiceIp,
        ports: ports.map((port) => ({ ...port, port: 53, targetPort: dnsPort })),
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [config.hostIp], conditions: { ready: true } }],
      ports: ports.map((port) => ({ ...port, port: dnsPort })),
    },
  ];
}
