/** Refusals of the aggregated API, with KubeVirt's codes and words, as errors and as `metav1.Status`. */
import type { HttpResponse } from '../http/types.ts';
import { ApiError } from '../kube/types.ts';
import { messageOf, MonovirtError } from '../support/errors.ts';

/** Which object a refusal speaks of; KubeVirt names the kind in lower case. */
export interface Subject {
  kind: 'virtualmachine' | 'virtualmachineinstance';
  name: string;
}

/** A request that is refused; `status` is the HTTP code. */
export class Refusal extends MonovirtError {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly subject: Subject | undefined;

  constructor(status: number, reason: string, message: string, subject?: Subject) {
    super(reason, message, 'never');
    this.status = status;
    this.subject = subject;
  }
}

const about = (subject: Subject): string => `${subject.kind}.kubevirt.io ${JSON.stringify(subject.name)}`;

export const conflict = (subject: Subject, why: string): Refusal =>
  new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${about(subject)}: ${why}`, subject);

export const notFound = (subject: Subject): Refusal =>
  new Refusal(404, 'NotFound', `${about(subject)} not found`, subject);

export const forbidden = (subject: Subject, why: string): Refusal =>
  new Refusal(403, 'Forbidden', `${about(subject)} is forbidden: ${why}`, subject);

export const badRequest = (why: string): Refusal => new Refusal(400, 'BadRequest', why);

export const internal = (why: string): Refusal => new Refusal(500, 'InternalError', why);

/** Any error as the response a Kubernetes client understands. Unknown errors become 500 with their message. */
export function statusResponse(error: unknown): HttpResponse {
  const { status, reason } = codeOf(error);
  const subject = error instanceof Refusal ? error.subject : undefined;
  return {
    status,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: messageOf(error),
      reason,
      details: subject === undefined ? {} : { ...subject, group: 'kubevirt.io' },
      code: status,
    },
  };
}

function codeOf(error: unknown): { status: number; reason: string } {
  if (error instanceof Refusal || error instanceof ApiError) {
    return { status: error.status, reason: error.reason };
  }
  return { status: 500, reason: 'InternalError' };
}
