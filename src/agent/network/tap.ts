/** The tap that QEMU opens. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import type { Link } from './pod-links.ts';
import type { Sysctl } from './parts.ts';

/** Lines for `ip -batch` that make the tap and put it into its bridge. */
export function tapCommands(
  { tap, bridge, queues }: Pick<InterfacePlan, 'tap' | 'bridge' | 'queues'>,
  mtu: number,
  exists: boolean,
): string[] {
  const several = queues > 1 ? ' multi_queue' : '';
  return [
    ...(exists
      ? []
      : [`tuntap add dev ${tap} mode tap${several} user ${launcherUser} group ${launcherUser}`]),
    `link set dev ${tap} mtu ${mtu} master ${bridge}`,
  ];
}

/**
 * Lines for `ip -batch` that make a bridge with an address of its own on the wire. It does not learn who listens to
 * which group: it has no more ports than anybody can listen on.
 */
export function bridgeCommands(
  bridge: string,
  link: Link,
  { mac, exists }: { mac: string; exists: boolean },
): string[] {
  return [
    ...(exists ? [] : [`link add name ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`]),
    `link set dev ${bridge} address ${mac} mtu ${link.mtu}`,
  ];
}

/** Nothing in the pod itself speaks IPv6 on these links. */
export const withoutIpv6 = (...names: string[]): Sysctl[] =>
  names.map((name) => ({ name: `ipv6/conf/${name}/disable_ipv6`, value: '1', optional: true }));
