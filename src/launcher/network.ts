/** What serves a guest's network from inside the pod: DHCP, IPv6 where the pod has it, and passt where an interface asks for it. */
import type { Vmi } from '../api/types.ts';
import type { PodLink } from '../network/links.ts';
import { networkPlan } from '../network/plan.ts';
import type { Logger } from '../support/log.ts';
import { leasesOf } from './dhcp/leases.ts';
import { serveDhcp } from './dhcp/server.ts';

/** Serves until disposed. @throws what DHCP's socket, the tap and passt throw. */
export async function serveNetwork(
  vmi: Vmi,
  links: readonly PodLink[],
  { passtSocket, log }: { passtSocket: string; log: Logger },
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  stack.use(await serveDhcp(await leasesOf(vmi, links), { log }));
  if (links.some(({ ipv6Address }) => ipv6Address !== undefined)) {
    const { serveIpv6Of } = await import('./ipv6/pod.ts');
    stack.use(await serveIpv6Of(vmi, links, log));
  }
  if (networkPlan(vmi).some(({ binding }) => binding === 'passt')) {
    const { passtOf } = await import('./passt/pod.ts');
    stack.use(await passtOf(vmi, passtSocket, log));
  }
  return stack.move();
}
