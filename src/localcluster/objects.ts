/** API objects that a cluster starts with. Pure. */
import type { ClusterConfig, NodeConfig } from './config.ts';
import { dnsPort } from './components.ts';

/** A Node that already knows its pod ranges; its kubelet fills in the rest. */
export function nodeObject(node: NodeConfig): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name },
    spec: { podCIDR: node.podCidr, podCIDRs: [node.podCidr, node.podCidr6] },
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
        clusterIPs: [config.dnsServiceIp, config.dnsServiceIp6],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
        ports: ports.map((port) => ({ ...port, port: 53, targetPort: dnsPort })),
      },
    },
    ...(['IPv4', 'IPv6'] as const).map((addressType) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: metadata.namespace,
        name: addressType === 'IPv4' ? metadata.name : `${metadata.name}-ipv6`,
        labels: { 'kubernetes.io/service-name': metadata.name },
      },
      addressType,
      endpoints: [
        {
          addresses: [addressType === 'IPv4' ? config.hostIp : config.hostIp6],
          conditions: { ready: true },
        },
      ],
      ports: ports.map((port) => ({ ...port, port: dnsPort })),
    })),
  ];
}
