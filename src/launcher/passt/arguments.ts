/** What passt is told on its command line. Pure. */
import type { Vmi } from '../../api/types.ts';
import type { ForwardedPorts, PasstPlan } from '../../network/plan.ts';
import { hostnameOf } from '../../pod/names.ts';

/**
 * The command line of the passt that serves an interface. Everything else it takes from the pod: address, routes,
 * resolver. The guest's own loopback stays its own: without `--no-map-gw` the gateway's address would lead to that of
 * the pod, where other processes may listen.
 */
export function passtArguments(vmi: Vmi, plan: PasstPlan, socket: string): string[] {
  const options = {
    socket,
    interface: plan.podInterface,
    hostname: hostnameOf(vmi),
    'tcp-ports': portsOf(plan, 'tcp'),
    'udp-ports': portsOf(plan, 'udp'),
  };
  return [
    '--foreground',
    '--vhost-user',
    '--no-map-gw',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}

/** passt's syntax. `all` leaves out those that the kernel hands out by itself, which the pod's connections come from. */
function portsOf({ ports }: PasstPlan, protocol: ForwardedPorts['protocol']): string {
  if (ports.length === 0) return 'all';
  const listed = ports.filter((entry) => entry.protocol === protocol).map(({ port }) => port);
  return listed.length === 0 ? 'none' : [...new Set(listed)].join(',');
}
