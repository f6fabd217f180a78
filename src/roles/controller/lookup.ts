/** What admission may ask about the cluster beside the object under review. */
import type { Lookup } from '../../admission/webhook.ts';
import { findObject } from '../../kube/find.ts';
import type { Informer, KubeClient } from '../../kube/types.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Resource } from '../../api/kinds.ts';

/** What every request of a kind asks for, although most clusters have none. */
export interface Followed {
  resource: Resource;
  cache: Informer<KubeObject>;
}

/**
 * Asks the API server each time: right after a change, and without a cache of what is asked for rarely. Lists of
 * what is followed come from the cache once it is complete.
 */
export function createLookup(client: KubeClient, followed?: Followed): Lookup {
  let complete = false;
  const waitForCache = async (): Promise<void> => {
    await followed?.cache.synced;
    complete = true;
  };
  void waitForCache();
  return {
    find: (resource, key, signal) => findObject(client, resource, key, signal),
    list: async (resource, namespace, signal) => {
      if (complete && followed?.resource.plural === resource.plural) {
        return followed.cache
          .all()
          .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) as never;
      }
      return (await client.list(resource, { namespace }, signal)).items as never;
    },
  };
}
