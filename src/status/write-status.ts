/** Writes that every controller makes: guarded by the version that was decided on. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject, OwnerReference } from '../api/types.ts';
import { keyOf } from '../kube/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { mergePatch } from './merge-patch.ts';

/**
 * Writes a status when it differs from the one that was read: one request, only what changed.
 * @returns whether there was anything to write.
 * @throws ApiError 409 when the object has changed since it was read: decide again on the newer one.
 */
export async function writeStatus(
  client: KubeClient,
  resource: Resource,
  object: KubeObject & { status?: object | undefined },
  status: object,
): Promise<boolean> {
  const change = mergePatch(object.status ?? {}, status);
  if (change === undefined) return false;
  const body = { metadata: { resourceVersion: object.metadata.resourceVersion }, status: change };
  await client.patch(resource, keyOf(object), { type: 'merge', body }, { subresource: 'status' });
  return true;
}

/**
 * Changes an object's metadata, guarded like a status.
 * @returns the object as it is now.
 * @throws ApiError 409 when the object has changed since it was read.
 */
export function writeMetadata<T extends KubeObject>(
  client: KubeClient,
  resource: Resource,
  object: T,
  metadata: {
    labels?: Record<string, string | null>;
    annotations?: Record<string, string | null>;
    finalizers?: readonly string[];
    ownerReferences?: readonly OwnerReference[];
  },
): Promise<T> {
  const body = { metadata: { ...metadata, resourceVersion: object.metadata.resourceVersion } };
  return client.patch<T>(resource, keyOf(object), { type: 'merge', body });
}
