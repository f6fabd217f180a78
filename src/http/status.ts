/** Errors on the wire: every failure leaves our servers as a `metav1.Status`. */
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { HttpResponse } from './types.ts';

export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

/** `metav1.StatusDetails`: what the error is about. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  causes?: readonly StatusCause[];
}

/** `metav1.Status` of a failed request. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: string;
  details?: StatusDetails;
  code: number;
}

/** An error that a handler throws to answer with a chosen HTTP status. */
export class HttpError extends MonovirtError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly details: StatusDetails | undefined;

  constructor(status: number, reason: string, message: string, details?: StatusDetails) {
    super(reason, message, 'never');
    this.status = status;
    this.details = details;
  }
}

/** Answers with a `metav1.Status`. */
export function statusResponse(
  code: number,
  reason: string,
  message: string,
  details?: StatusDetails,
): HttpResponse {
  const body: StatusBody = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
  return { status: code, body };
}

/** The answer for anything a handler threw: its own status when it is an `HttpError`, else 500. */
export function errorResponse(error: unknown): HttpResponse {
  if (error instanceof HttpError) {
    return statusResponse(error.status, error.reason, error.message, error.details);
  }
  const reason = error instanceof MonovirtError ? error.reason : 'InternalError';
  return statusResponse(500, reason, messageOf(error));
}
