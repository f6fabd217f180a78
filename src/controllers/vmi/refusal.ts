/** What the API server will not have of us. Pure. */
import { ApiError } from '../../kube/types.ts';
import { MonovirtError } from '../../support/errors.ts';

/** The API server understood and said no to a pod; anything else is a passing fault that no user can mend. */
export function isRefusal(error: unknown): error is MonovirtError {
  if (error instanceof ApiError) return error.status >= 400 && error.status < 500 && error.status !== 429;
  return error instanceof MonovirtError && error.reason === 'PodNameTaken';
}

/** What such a refusal is called where it is told. */
export const refusalReason = ({ reason }: MonovirtError): string =>
  reason === 'PodNameTaken' ? reason : 'FailedCreate';
