/** What admission may ask about the cluster beside the object under review. */
import type { Lookup } from '../../admission/webhook.ts';
import { findObject } from '../../kube/find.ts';
import type { KubeClient } from '../../kube/types.ts';

/** Asks the API server each time: right after a change, and without a cache of what is asked for rarely. */
export function createLookup(client: KubeClient): Lookup {
  return {
    find: (resource, key, signal) => findObject(client, resource, key, signal),
    list: async (resource, namespace, signal) =>
      (await client.list(resource, { namespace }, signal)).items as never,
  };
}
