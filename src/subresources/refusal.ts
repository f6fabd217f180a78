/** Refusals of the aggregated API with the codes and words that KubeVirt's clients know. */
import { HttpError } from '../http/status.ts';

/** Which object a refusal speaks of; KubeVirt names the kind in lower case. */
export interface Subject {
  kind: 'virtualmachine' | 'virtualmachineinstance';
  name: string;
}

const about = (subject: Subject): string => `${subject.kind}.kubevirt.io ${JSON.stringify(subject.name)}`;

export const conflict = (subject: Subject, why: string): HttpError =>
  new HttpError(409, 'Conflict', `Operation cannot be fulfilled on ${about(subject)}: ${why}`);

export const notFound = (subject: Subject): HttpError =>
  new HttpError(404, 'NotFound', `${about(subject)} not found`);

export const forbidden = (why: string): HttpError => new HttpError(403, 'Forbidden', `forbidden: ${why}`);

export const badRequest = (why: string): HttpError => new HttpError(400, 'BadRequest', why);

export const internal = (why: string): HttpError => new HttpError(500, 'InternalError', why);
