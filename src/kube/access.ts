/** Asks the API server what somebody else may do. */
import * as v from 'valibot';
import type { KubeClient } from './types.ts';

export interface Subject {
  user: string;
  groups: readonly string[];
}

/** In the words of RBAC. */
export interface ResourceAccess {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

const reviewSchema = v.object({ status: v.object({ allowed: v.boolean() }) });

/** A SubjectAccessReview. */
export async function isAllowed(
  client: Pick<KubeClient, 'raw'>,
  subject: Subject,
  resourceAttributes: ResourceAccess,
): Promise<boolean> {
  const review = await client.raw('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...subject, resourceAttributes },
  });
  return v.parse(reviewSchema, review).status.allowed;
}
