/** Owner references of what controllers make. Pure. */
import { apiVersionOf } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { KubeObject, OwnerReference } from '../../api/types.ts';

/** Makes an object the one controller of what carries the reference, which its deletion in the foreground waits for. */
export function controlledBy(resource: Resource, { metadata: { name, uid } }: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
