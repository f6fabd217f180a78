/** Errors on the wire: every failure leaves our servers as a `metav1.Status`. */
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { HttpResponse } from './types.ts';

export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

/** `metav1.Status` of a failed request. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: string;
  details?: { causes: readonly StatusCause[] };
  code: number;
}

/** An error that a handler throws to answer with a chosen HTTP status. */
export class HttpError extends MonovirtError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly causes: readonly StatusCause[];

  constructor(status: number, reason: string, message: string, causes: readonly StatusCause[] = []) {
    super(reason, message, 'never');
    this.status = status;
    this.causes = causes;
  }
}

/** Answers with a `metav1.Status`; causes become `details.causes`. */
export function statusResponse(
  code: number,
  reason: string,
  message: string,
  causes: readonly StatusCause[] = [],
): HttpResponse {
  const body: StatusBody = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(causes.length === 0 ? {} : { details: { causes } }),
    code,
  };
  return { status: code, body };
}

/** The answer for anything a handler threw: its own status when it is an `HttpError`, else 500. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof HttpError) {
    return statusResponse(error.status, error.reason, error.message, error.causes);
  }
  const reason = error instanceof MonovirtError ? error.reason : 'InternalError';
  return statusResponse(500, reason, messageOf(error));
}
