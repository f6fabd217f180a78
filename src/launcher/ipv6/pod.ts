/** IPv6 for all guests' interfaces of a pod that has it; loaded where one does. */
import type { Vmi } from '../../api/types.ts';
import type { PodLink } from '../../network/links.ts';
import type { Logger } from '../../support/log.ts';
import { ipv6LeasesOf } from './leases.ts';
import { serveIpv6 } from './serve.ts';

/** Serves until disposed. @throws MonovirtError `TapUnavailable`. */
export async function serveIpv6Of(
  vmi: Vmi,
  links: readonly PodLink[],
  log: Logger,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  for (const { lease, tap } of await ipv6LeasesOf(vmi, links))
    stack.use(await serveIpv6({ lease, tap, log }));
  return stack.move();
}
