/** Health of the controller as routes. */
import type { Route } from '../../http/types.ts';
import { allOf } from './caches.ts';
import type { ServingCaches } from './caches.ts';
import type { Settings } from './settings.ts';

/** A watch is never silent for longer: the API server sends bookmarks. */
const silentWatchMs = 15 * 60_000;

/** `/healthz`: the process serves. `/readyz`: the API server can rely on it. */
export function healthRoutes(caches: ServingCaches, settings: Settings): Route[] {
  const informers = allOf(caches);
  const problem = (): string | undefined => {
    if (!settings.hasCertificates())
      return 'certificates or the configuration of the aggregation layer are missing';
    const silent = informers.some((informer) => informer.lastEventAge() > silentWatchMs);
    return silent ? 'a watch on the API server is silent' : undefined;
  };
  return [
    { method: 'GET', path: '/healthz', handle: () => Promise.resolve({ status: 200, body: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      handle: () => {
        const found = problem();
        return Promise.resolve(
          found === undefined ? { status: 200, body: 'ok' } : { status: 503, body: found },
        );
      },
    },
  ];
}
