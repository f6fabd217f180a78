/** Reading what may not be there. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { isNotFound } from './types.ts';
import type { Key, KubeClient } from './types.ts';

/** The object of that name, or undefined when there is none. Rejects like `KubeClient.get` for all else. */
export async function findObject<T extends KubeObject>(
  client: Pick<KubeClient, 'get'>,
  resource: Resource,
  key: Key,
  signal?: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.get<T>(resource, key, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
