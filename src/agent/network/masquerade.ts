/** The masquerade binding: the guest has a network of its own behind the pod's addresses. Pure. */
import type { MasqueradePlan } from '../../network/plan.ts';
import { bridgeLinkLocal, bridgeMac } from '../../network/router.ts';
import type { Fence } from './fence.ts';
import { packetRate } from './floods.ts';
import type { SetupParts, Sysctl } from './parts.ts';
import type { Link } from './pod-links.ts';
import { bridgeCommands, tapCommands, withoutIpv6 } from './tap.ts';

/** Which of the two the guest gets: what its pod has. */
export interface Families {
  ipv4: boolean;
  ipv6: boolean;
}

export interface Masqueraded {
  plan: MasqueradePlan;
  families: Families;
}

/** A pod without any address is taken for one that has IPv4. */
export const familiesOf = ({ address, ipv6Address }: Link): Families => ({
  ipv4: address !== undefined || ipv6Address === undefined,
  ipv6: ipv6Address !== undefined,
});

export function masqueradeParts(
  plan: MasqueradePlan,
  pod: Link,
  existing: ReadonlyMap<string, Link>,
): SetupParts {
  const { bridge, tap, gatewayAddress, prefixLength } = plan;
  const { ipv4, ipv6 } = familiesOf(pod);
  const second = ipv6 ? ipv6Parts(plan, pod, existing) : without(plan);
  return {
    create: [
      ...bridgeCommands(bridge, pod, { mac: bridgeMac, exists: existing.has(bridge) }),
      ...tapCommands(plan, pod.mtu, existing.has(tap)),
      ...second.create,
    ],
    start: [
      ...(ipv4 ? [`address replace ${gatewayAddress}/${prefixLength} dev ${bridge}`] : []),
      ...second.start,
      `link set dev ${tap} up`,
      `link set dev ${bridge} up`,
    ],
    sysctls: [
      ...second.sysctls,
      // Lets connections to 127.0.0.1 in the pod reach the guest; the ruleset keeps the guest from using it back.
      ...(ipv4 ? [{ name: `ipv4/conf/${bridge}/route_localnet`, value: '1', optional: false }] : []),
    ],
  };
}

/** The guest has IPv4 behind NAT only: nothing leaks around it. */
const without = ({ bridge, tap }: MasqueradePlan): SetupParts => ({
  create: [],
  start: [],
  sysctls: withoutIpv6(bridge, tap),
});

/**
 * The bridge as the guest's router, and a tap over which the launcher says so. Both addresses are there at once:
 * nobody else can have them, so the kernel need not look for a twin.
 */
function ipv6Parts(plan: MasqueradePlan, pod: Link, existing: ReadonlyMap<string, Link>): SetupParts {
  const { bridge, tap, ipv6 } = plan;
  const conf = (name: string, value: string): Sysctl => ({
    name: `ipv6/conf/${bridge}/${name}`,
    value,
    optional: false,
  });
  return {
    create: tapCommands({ tap: ipv6.tap, bridge, queues: 1 }, pod.mtu, existing.has(ipv6.tap)),
    start: [
      `address replace ${bridgeLinkLocal}/64 dev ${bridge} nodad`,
      `address replace ${ipv6.gatewayAddress}/${ipv6.prefixLength} dev ${bridge} nodad`,
      `link set dev ${ipv6.tap} up`,
    ],
    sysctls: [
      ...withoutIpv6(tap, ipv6.tap),
      // Addresses that the kernel would make by itself would be others after a change of its settings.
      conf('addr_gen_mode', '1'),
      // A guest must not become its pod's router.
      conf('accept_ra', '0'),
      conf('accept_redirects', '0'),
      conf('disable_ipv6', '0'),
    ],
  };
}

/** The launcher hears what a guest asks a router or a DHCPv6 server, at a bounded rate, and nothing else. */
export function neighbourFence(masqueraded: readonly Masqueraded[]): Fence {
  const taps = masqueraded.flatMap(({ plan, families }) => (families.ipv6 ? [plan.ipv6.tap] : []));
  return {
    forward: taps.flatMap((tap) => [
      `oifname "${tap}" icmpv6 type nd-router-solicit ${packetRate} accept`,
      `oifname "${tap}" ip6 nexthdr udp udp dport 547 ${packetRate} accept`,
      `oifname "${tap}" drop`,
    ]),
    output: taps.map((tap) => `oifname "${tap}" drop`),
  };
}
