/** How this room asks for objects. */
import type { Lookup } from '../admission/webhook.ts';
import { findObject } from '../kube/find.ts';
import type { KubeClient } from '../kube/types.ts';

/** One object as it is now; nothing when there is no such object. */
export type Finder = Pick<Lookup, 'find'>;

export const finderOf = (client: KubeClient): Finder => ({
  find: (resource, key, signal) => findObject(client, resource, key, signal),
});
