/** What a guest is told of IPv6: over router advertisements the way, over DHCPv6 its address. */

export interface Ipv6Lease {
  /** Of the interface in the spec. */
  name: string;
  /** The guest's, by which its frames are known. */
  mac: string;
  guestAddress: string;
  /** First address of the network that guest and router share. */
  network: string;
  prefixLength: number;
  /** IPv6 addresses of resolvers. */
  servers: readonly string[];
  /** Domains to search, the nearest first. */
  search: readonly string[];
  /** Of the bridge, in bytes. */
  mtu: number;
}
