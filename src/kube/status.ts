/** Turns what an API server says in error into an ApiError. */
import * as v from 'valibot';
import { ApiError } from './types.ts';

const statusSchema = v.object({
  kind: v.literal('Status'),
  code: v.optional(v.number()),
  reason: v.optional(v.string()),
  message: v.optional(v.string()),
  details: v.nullish(v.object({ retryAfterSeconds: v.optional(v.number()) })),
});

interface Answer {
  status: number;
  body: string;
  retryAfter?: string | undefined;
  /** What was asked, for answers that say nothing themselves. */
  what: string;
}

/** From an HTTP answer of 400 and above. */
export function errorOfAnswer({ status, body, retryAfter, what }: Answer): ApiError {
  const header = retryAfter === undefined ? Number.NaN : Number.parseInt(retryAfter, 10);
  const fallback = `${what} was answered with ${status}: ${body.trim().slice(0, 300)}`;
  return build(parseJson(body), {
    status,
    message: fallback,
    ...(header >= 0 && { retryAfterSeconds: header }),
  });
}

/** From the object of a watch's ERROR event. */
export function errorOfEvent(object: unknown): ApiError {
  return build(object, { status: 500, message: 'the watch ended with an error that says nothing' });
}

function build(
  document: unknown,
  known: { status: number; message: string; retryAfterSeconds?: number },
): ApiError {
  const parsed = v.safeParse(statusSchema, document);
  if (!parsed.success) {
    return new ApiError(
      known.status,
      reasonOf(known.status),
      known.message,
      withRetry(known.retryAfterSeconds),
    );
  }
  const { code, reason, message, details } = parsed.output;
  const status = code ?? known.status;
  return new ApiError(status, reason || reasonOf(status), message || known.message, {
    ...withRetry(known.retryAfterSeconds ?? details?.retryAfterSeconds),
    details: document,
  });
}

const withRetry = (seconds: number | undefined): { retryAfterSeconds?: number } =>
  seconds === undefined ? {} : { retryAfterSeconds: seconds };

const reasons: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const reasonOf = (status: number): string => reasons[status] ?? 'Unknown';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
