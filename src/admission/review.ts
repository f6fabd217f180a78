/** `admission.k8s.io/v1` on the wire: parsed once, answered in one shape. */
import * as v from 'valibot';
import type { Cause } from '../api/validate/cause.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { HttpError } from '../http/status.ts';
import type { JsonPatch } from './json-patch.ts';

const requestSchema = v.looseObject({
  uid: v.pipe(v.string(), v.minLength(1)),
  operation: v.picklist(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  namespace: v.optional(v.string()),
  name: v.optional(v.string()),
  dryRun: v.nullish(v.boolean()),
  userInfo: v.looseObject({ username: v.optional(v.string(), '') }),
  object: v.nullish(v.record(v.string(), v.unknown())),
  oldObject: v.nullish(v.record(v.string(), v.unknown())),
});

const reviewSchema = v.looseObject({
  apiVersion: v.literal('admission.k8s.io/v1'),
  kind: v.literal('AdmissionReview'),
  request: requestSchema,
});

export type AdmissionRequest = v.InferOutput<typeof requestSchema>;

/** What a webhook decides. */
export type Verdict =
  | { allowed: true; patch?: JsonPatch; warnings?: readonly string[] }
  | { allowed: false; causes: readonly Cause[] }
  /** Refused for what is so at the moment, not for a field: `reason` and `code` are those of a Status. */
  | { allowed: false; reason: string; code: number; message: string };

/**
 * Reads the review out of a request.
 * @throws HttpError 400 BadRequest when it is none
 */
export async function readReview(request: HttpRequest): Promise<AdmissionRequest> {
  const parsed = v.safeParse(reviewSchema, parseJson((await request.body()).toString('utf8')));
  if (parsed.success) return parsed.output.request;
  const issue = parsed.issues[0];
  const where = v.getDotPath(issue) ?? 'the body';
  throw new HttpError(
    400,
    'BadRequest',
    `no admission.k8s.io/v1 AdmissionReview: ${where}: ${issue.message}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'BadRequest', 'no admission.k8s.io/v1 AdmissionReview: the body is not JSON');
  }
}

/** The answer to a review: always HTTP 200, the verdict is inside. */
export function reviewResponse(uid: string, verdict: Verdict): HttpResponse {
  return {
    status: 200,
    body: {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, ...inner(verdict) },
    },
  };
}

function inner(verdict: Verdict): Record<string, unknown> {
  if (!verdict.allowed) {
    return { allowed: false, status: 'causes' in verdict ? refusal(verdict.causes) : passing(verdict) };
  }
  const { patch = [], warnings = [] } = verdict;
  return {
    allowed: true,
    ...(patch.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** More than a person reads; objects of a megabyte can be wrong in a hundred thousand places. */
const causesTold = 100;

/** A user reads the message; tools read the causes. */
function refusal(all: readonly Cause[]): Record<string, unknown> {
  const causes = all.slice(0, causesTold);
  const others = all.length - causes.length;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Invalid',
    code: 422,
    message: [...causes.map(sentence), ...(others > 0 ? [`and ${others} more causes`] : [])].join('\n'),
    details: { causes: causes.map(({ type, field, message }) => ({ reason: type, message, field })) },
  };
}

const passing = ({ reason, code, message }: { reason: string; code: number; message: string }): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason,
  code,
  message,
});

/** With the field in front, unless the message names it already. */
const sentence = ({ field, message }: Cause): string =>
  message.includes(field) ? message : `${field}: ${message}`;
