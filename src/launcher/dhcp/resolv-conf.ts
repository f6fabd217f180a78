/** The pod's resolver configuration, which its guest inherits. */
import { isIPv4 } from 'node:net';

export interface ResolverConfig {
  servers: string[];
  search: string[];
}

/** Reads resolv.conf(5): name servers that an IPv4 guest can use, and the last search list. */
export function parseResolvConf(text: string): ResolverConfig {
  const config: ResolverConfig = { servers: [], search: [] };
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver') config.servers.push(...values.slice(0, 1).filter(isIPv4));
    if (keyword === 'search' || keyword === 'domain') config.search = values.map(withoutDot).filter(isDomain);
  }
  return config;
}

const withoutDot = (name: string): string => name.replace(/\.$/, '').toLowerCase();

const label = /^[_a-z0-9]([_a-z0-9-]{0,61}[_a-z0-9])?$/;

/** Whether a name can be encoded as RFC 1035 labels. */
export function isDomain(name: string): boolean {
  return name.length > 0 && name.length <= 253 && name.split('.').every((part) => label.test(part));
}
