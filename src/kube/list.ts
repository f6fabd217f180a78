/** Lists in pages, so that no answer grows with the cluster. */
import type { Resource } from '../api/kinds.ts';
import { apiVersionOf } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { collectionPath, selectors, withQuery } from './paths.ts';
import type { Requester } from './requester.ts';
import type { RetryPolicy } from './retry.ts';
import { ApiError } from './types.ts';
import type { Selection } from './types.ts';

export interface ListResult<T> {
  items: T[];
  resourceVersion: string;
}

export interface ListOptions<T = never> {
  /** Objects per page. */
  limit?: number;
  signal?: AbortSignal | undefined;
  policy?: RetryPolicy;
  /** Applied page by page, so that what it drops never piles up. */
  prepare?: (object: T) => T;
}

interface Page<T> {
  metadata: { resourceVersion: string; continue?: string };
  items?: T[] | null;
}

const defaultLimit = 500;
/** A list that outlives its version so often is taken in one piece. */
const maxRestarts = 3;

/**
 * Reads the newest state. A continue token that expired on the way starts the list again: pages of different
 * versions do not make a list.
 */
export async function listAll<T extends KubeObject>(
  request: Requester,
  resource: Resource,
  selection: Selection,
  options: ListOptions<T> = {},
): Promise<ListResult<T>> {
  for (let restarts = 0; ; restarts += 1) {
    const limit = restarts < maxRestarts ? (options.limit ?? defaultLimit) : undefined;
    try {
      return await pages<T>(request, resource, selection, {
        ...options,
        ...(limit !== undefined && { limit }),
      });
    } catch (error) {
      const expired = error instanceof ApiError && error.status === 410;
      if (!expired || restarts >= maxRestarts) throw error;
    }
  }
}

async function pages<T extends KubeObject>(
  request: Requester,
  resource: Resource,
  selection: Selection,
  { limit, signal, policy, prepare }: ListOptions<T>,
): Promise<ListResult<T>> {
  const path = collectionPath(resource, selection.namespace);
  const items: T[] = [];
  const apiVersion = apiVersionOf(resource);
  // Items come without their type; watched objects carry it. Readers must not see the difference.
  const finish = (item: T): T => {
    item.apiVersion ??= apiVersion;
    item.kind ??= resource.kind;
    return prepare === undefined ? item : prepare(item);
  };
  let next: string | undefined;
  for (;;) {
    const query = { ...selectors(selection), limit, continue: next };
    const call = { verb: 'list', resource: resource.plural, method: 'GET' as const, signal };
    const answer = await request({ ...call, path: withQuery(path, query) }, policy);
    const page = JSON.parse(await answer.text()) as Page<T>;
    for (const item of page.items ?? []) items.push(finish(item));
    next = page.metadata.continue;
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion };
  }
}
