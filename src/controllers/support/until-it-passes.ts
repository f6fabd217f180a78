/** When to try again what the API server refused. Pure. */
import { ApiError } from '../../kube/types.ts';
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
