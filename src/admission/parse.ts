/** What reviewers have in common: reading the object under review, and what needs no judgement. */
import { nonconformities } from '../api/crd/conform.ts';
import { definitions } from '../api/gen/definitions.ts';
import { sameJson } from '../api/same-json.ts';
import { invalid } from '../api/validate/cause.ts';
import type { Cause } from '../api/validate/cause.ts';
import type { AdmissionRequest, Verdict } from './review.ts';

export const verdict = (causes: readonly Cause[], warnings: readonly string[] = []): Verdict =>
  causes.length > 0 ? { allowed: false, causes } : { allowed: true, warnings };

export type Parsed<T> = { object: T; causes?: never } | { object?: never; causes: readonly Cause[] };

/** The object under review as the kind it claims to be; its schema is the proof. */
export function parse<T extends object>(value: AdmissionRequest['object'], kind: string): Parsed<T> {
  if (!value) return { causes: [invalid('', `the request carries no ${kind}`)] };
  const causes = nonconformities(definitions, kind, value);
  return causes.length > 0 ? { causes } : { object: value as T };
}

/** An object that is going away must be let go, or its finalizers could never be removed. */
export const isGoing = ({ object }: AdmissionRequest): boolean => {
  const metadata = object?.['metadata'] as { deletionTimestamp?: unknown } | null | undefined;
  return metadata?.deletionTimestamp !== undefined;
};

/** What was stored under older rules is not judged by newer ones while nobody touches it. */
export const keepsSpec = ({ object, oldObject }: AdmissionRequest): boolean =>
  Boolean(oldObject) && sameJson(object?.['spec'], oldObject?.['spec']);
