/** What a launcher refused, as an HTTP error. Pure. */
import { HttpError } from '../../http/status.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';

/** Reasons that are not an error of ours, with the status that says so. */
const statuses: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  // The guest has ended since the API looked.
  DomainNotRunning: [409, 'Conflict'],
  // The launcher is older than we are.
  UnknownMethod: [409, 'Conflict'],
};

/** The error that a client of the endpoint gets. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const reason = error instanceof MonovirtError ? error.reason : '';
  const [status, name] = statuses[reason] ?? [500, 'InternalError'];
  return new HttpError(status, name, messageOf(error));
}
