/** What guests are told of IPv6, from the VMI's spec and from the pod around it. */
import { readFile } from 'node:fs/promises';
import type { Vmi } from '../../api/types.ts';
import { formatIpv6, parseIpv6 } from '../../network/ipv6.ts';
import type { PodLink } from '../../network/links.ts';
import { networkPlan } from '../../network/plan.ts';
import { searchList } from '../dhcp/lease.ts';
import { mtuOf, podFiles } from '../dhcp/leases.ts';
import type { PodFiles } from '../dhcp/leases.ts';
import { parseResolvConf } from '../dhcp/resolv-conf.ts';
import type { Ipv6Lease } from './lease.ts';

/** Most resolvers and domains that a guest is told of. */
const most = { servers: 3, search: 6 };

/** A lease and the tap over which it is given. */
export interface Ipv6Place {
  lease: Ipv6Lease;
  tap: string;
}

/** One for each masqueraded interface whose pod has IPv6. What cannot be read gets its common value. */
export async function ipv6LeasesOf(
  vmi: Vmi,
  links: readonly PodLink[],
  files: PodFiles = podFiles,
): Promise<Ipv6Place[]> {
  const resolver = parseResolvConf(await readFile(files.resolvConf, 'utf8').catch(() => ''));
  const { subdomain } = vmi.spec;
  const search = searchList({ resolver, ...(subdomain !== undefined && { subdomain }) });
  const plans = networkPlan(vmi)
    .filter((plan) => plan.binding === 'masquerade')
    .filter(({ name }) => links.some((link) => link.name === name && link.ipv6Address !== undefined));
  return Promise.all(
    plans.map(async ({ name, mac, bridge, ipv6 }) => ({
      tap: ipv6.tap,
      lease: {
        name,
        mac,
        guestAddress: ipv6.guestAddress,
        network: networkOf(ipv6.gatewayAddress),
        prefixLength: ipv6.prefixLength,
        servers: resolver.servers6.slice(0, most.servers),
        search: search.slice(0, most.search),
        mtu: await mtuOf(files.netDir, bridge),
      },
    })),
  );
}

/** The router has the first address behind the network's own. */
const networkOf = (gateway: string): string => formatIpv6((parseIpv6(gateway) ?? 1n) - 1n);
