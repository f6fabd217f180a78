/** Refusals of the aggregated API with the codes and words that KubeVirt's clients know. */
import { HttpError } from '../http/status.ts';
import type { StatusCause } from '../http/status.ts';

/** Which object a refusal speaks of; KubeVirt names the kind in lower case. */
export interface Subject {
  kind: 'virtualmachine' | 'virtualmachineinstance';
  name: string;
}

const group = 'kubevirt.io';
const about = (subject: Subject): string => `${subject.kind}.${group} ${JSON.stringify(subject.name)}`;

export const conflict = (subject: Subject, why: string): HttpError =>
  new HttpError(409, 'Conflict', `Operation cannot be fulfilled on ${about(subject)}: ${why}`, {
    ...subject,
    group,
  });

export const notFound = (subject: Subject): HttpError =>
  new HttpError(404, 'NotFound', `${about(subject)} not found`, { ...subject, group });

/** The user is known and may not do this. */
export const forbidden = (why: string): HttpError => new HttpError(403, 'Forbidden', `forbidden: ${why}`);

/** Nobody vouches for who asks. */
export const unauthorized = (why: string): HttpError => new HttpError(401, 'Unauthorized', why);

export const badRequest = (why: string, causes?: readonly StatusCause[]): HttpError =>
  new HttpError(400, 'BadRequest', why, causes === undefined ? undefined : { causes });

export const internal = (why: string): HttpError =>
  new HttpError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });

/**
 * What KubeVirt can do and this release cannot.
 * @param missing what does not exist, as the start of a sentence.
 * @param instead what to do now.
 */
export const notImplemented = (missing: string, instead: string): HttpError =>
  new HttpError(501, 'NotImplemented', `${missing} is not part of this release: ${instead}`);
