/** When to try again what the API server refused. Pure. */
import { ApiError } from '../../kube/types.ts';
import type { Reconcile } from '../../kube/work-queue.ts';
import { MonovirtError } from '../../support/errors.ts';

/**
 * What a controller throws after it could not create something: what is refused now may be taken later, when a quota,
 * a policy, a preset or the cluster's configuration has changed. Nothing tells a controller when.
 * @returns an error after which the queue tries again, with the words of the one given.
 */
export function untilItPasses(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.retry !== 'never') return error;
  return new MonovirtError(error.reason, error.message, 'backoff', { cause: error });
}

/** The same work, tried again whatever the API server refuses of it: policies of a cluster say no with 400. */
export const persistently =
  (reconcile: Reconcile): Reconcile =>
  async (key, signal) => {
    try {
      return await reconcile(key, signal);
    } catch (error) {
      throw untilItPasses(error);
    }
  };
