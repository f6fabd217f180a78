/** Which certificates a cluster needs, and when one must be made anew. Pure. */
import type { ClusterConfig, NodeConfig } from '../config.ts';

export type AuthorityName = 'ca' | 'front-proxy-ca';

export interface CertificateSpec {
  /** File name without ending, below the PKI folder. */
  file: string;
  authority: AuthorityName;
  commonName: string;
  organization?: string;
  /** What the certificate is for: TLS client, or server of these names. */
  use: 'client' | 'server';
  dns: readonly string[];
  ips: readonly string[];
}

/** What is read from a certificate on disk. Times are milliseconds since 1970. */
export interface CertificateFacts {
  notBefore: number;
  notAfter: number;
  commonName: string;
  names: readonly string[];
  signedByAuthority: boolean;
}

const dayMs = 24 * 3600 * 1000;
export const leafLifeMs = 7 * dayMs;
/** An authority is renewed with its own key, so what it signed stays valid. */
export const authorityLifeMs = 60 * dayMs;
/** Clocks of hosts differ a little. */
export const backdateMs = 5 * 60 * 1000;

const client = (file: string, commonName: string, organization?: string): CertificateSpec => ({
  file,
  authority: 'ca',
  commonName,
  ...(organization === undefined ? {} : { organization }),
  use: 'client',
  dns: [],
  ips: [],
});

function apiserver(config: ClusterConfig): CertificateSpec {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return {
    file: 'apiserver',
    authority: 'ca',
    commonName: 'kube-apiserver',
    use: 'server',
    dns: ['localhost', ...service],
    ips: [config.apiServiceIp, config.hostIp, '127.0.0.1'],
  };
}

function kubelet(node: NodeConfig): CertificateSpec[] {
  const user = `system:node:${node.name}`;
  return [
    client(`${node.name}-kubelet-client`, user, 'system:nodes'),
    {
      file: `${node.name}-kubelet-server`,
      authority: 'ca',
      commonName: user,
      organization: 'system:nodes',
      use: 'server',
      dns: [node.name],
      ips: [node.ip, node.ip6, '127.0.0.1'],
    },
  ];
}

/** Every certificate of the cluster that is not an authority's own. */
export function certificatePlan(config: ClusterConfig): CertificateSpec[] {
  return [
    apiserver(config),
    client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', 'system:masters'),
    { ...client('front-proxy-client', 'front-proxy-client'), authority: 'front-proxy-ca' },
    client('admin', 'admin', 'system:masters'),
    client('controller-manager', 'system:kube-controller-manager'),
    client('scheduler', 'system:kube-scheduler'),
    client('kube-proxy', 'system:kube-proxy'),
    client('coredns', 'system:coredns'),
    client('local-path', 'local-path-provisioner'),
    client('network-policies', 'system:network-policies'),
    client('multus', 'system:multus'),
    ...config.nodes.flatMap(kubelet),
  ];
}

const sorted = (names: readonly string[]): string => names.toSorted().join(' ');

/**
 * Says why a certificate cannot stay.
 * @param now milliseconds since 1970.
 * @returns null when it is good as it is.
 */
export function reissueReason(
  facts: CertificateFacts | null,
  spec: CertificateSpec,
  now: number,
): string | null {
  if (facts === null) return 'missing';
  if (!facts.signedByAuthority) return 'signed by another authority';
  if (facts.commonName !== spec.commonName) return 'made for another name';
  if (sorted(facts.names) !== sorted([...spec.dns, ...spec.ips])) return 'made for other addresses';
  return pastHalf(facts, now) ? 'past half of its life' : null;
}

/** @param now milliseconds since 1970. */
export function pastHalf(facts: Pick<CertificateFacts, 'notBefore' | 'notAfter'>, now: number): boolean {
  return now >= (facts.notBefore + facts.notAfter) / 2;
}
