/**
 * Networks of local clusters, IPv4 first and IPv6 beside it. Each instance has its own, so that several live on
 * one machine. Pure.
 */

export interface NodeAddresses {
  ip: string;
  ip6: string;
  podCidr: string;
  podCidr6: string;
}

export interface ClusterAddresses {
  /** The host's address on the bridge: where the control plane listens. */
  hostIp: string;
  hostIp6: string;
  bridgeCidr: string;
  bridgeCidr6: string;
  podCidr: string;
  podCidr6: string;
  serviceCidr: string;
  serviceCidr6: string;
  /** Service address of the apiserver. */
  apiServiceIp: string;
  /** Service addresses of the cluster's DNS. */
  dnsServiceIp: string;
  dnsServiceIp6: string;
}

/** Unique local addresses (RFC 4193). The instance is the highest digit of the subnet, which is never 0. */
const prefix6 = (instance: number): string => `fd4d:6f6e:6f76:${(instance + 1).toString(16)}`;

/** @param index number of the node, from 1 to 9. */
export function nodeAddresses(instance: number, index: number): NodeAddresses {
  return {
    ip: `172.30.${77 + instance}.${10 + index}`,
    ip6: `${prefix6(instance)}000::${10 + index}`,
    podCidr: `10.${244 - instance}.${index}.0/24`,
    podCidr6: `${prefix6(instance)}10${index}::/64`,
  };
}

export function clusterAddresses(instance: number): ClusterAddresses {
  const hostIp = `172.30.${77 + instance}.1`;
  const hostIp6 = `${prefix6(instance)}000::1`;
  const services = `10.${96 + instance}.0`;
  const services6 = `${prefix6(instance)}001::`;
  return {
    hostIp,
    hostIp6,
    bridgeCidr: `${hostIp}/24`,
    bridgeCidr6: `${hostIp6}/64`,
    podCidr: `10.${244 - instance}.0.0/16`,
    podCidr6: `${prefix6(instance)}100::/56`,
    serviceCidr: `${services}.0/16`,
    serviceCidr6: `${services6}/112`,
    apiServiceIp: `${services}.1`,
    dnsServiceIp: `${services}.10`,
    dnsServiceIp6: `${services6}a`,
  };
}
