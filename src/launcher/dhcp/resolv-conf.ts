/** The pod's resolver configuration, which its guest inherits. */
import { isIPv4, isIPv6 } from 'node:net';

export interface ResolverConfig {
  servers: string[];
  /** Those with IPv6 addresses. */
  servers6: string[];
  search: string[];
}

/** Reads resolv.conf(5): name servers that a guest can reach, and the last search list. */
export function parseResolvConf(text: string): ResolverConfig {
  const config: ResolverConfig = { servers: [], servers6: [], search: [] };
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver') addServer(config, values[0] ?? '');
    if (keyword === 'search' || keyword === 'domain') config.search = values.map(withoutDot).filter(isDomain);
  }
  return config;
}

/** Of those of IPv6, none that only the pod itself can reach. */
function addServer({ servers, servers6 }: ResolverConfig, server: string): void {
  if (isIPv4(server)) servers.push(server);
  else if (isIPv6(server) && !/%|^fe80:|^::1$/i.test(server)) servers6.push(server);
}

const withoutDot = (name: string): string => name.replace(/\.$/, '').toLowerCase();

const label = /^[_a-z0-9]([_a-z0-9-]{0,61}[_a-z0-9])?$/;

/** Whether a name can be encoded as RFC 1035 labels. */
export function isDomain(name: string): boolean {
  return name.length > 0 && name.length <= 253 && name.split('.').every((part) => label.test(part));
}
