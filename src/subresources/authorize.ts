/** Asks the API server whether a user may use a subresource. */
import { subresourcesGroup } from '../api/constants.ts';
import type { KubeClient } from '../kube/types.ts';
import * as v from 'valibot';
import type { User } from './identity.ts';

/** What is to be done, in the words of RBAC. */
export interface Access {
  verb: 'get' | 'update';
  version: string;
  namespace?: string;
  resource: string;
  name?: string;
  subresource?: string;
}

const reviewSchema = v.object({
  status: v.object({ allowed: v.boolean(), reason: v.optional(v.string(), '') }),
});

/**
 * A SubjectAccessReview.
 * @returns undefined when allowed, else the reason of the denial.
 */
export async function denial(
  client: Pick<KubeClient, 'raw'>,
  user: User,
  access: Access,
  signal: AbortSignal,
): Promise<string | undefined> {
  const review = await client.raw(
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: user.name,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        groups: user.groups,
        extra: user.extra,
        resourceAttributes: { group: subresourcesGroup, ...access },
      },
    },
    signal,
  );
  const { allowed, reason } = v.parse(reviewSchema, review).status;
  if (allowed) return undefined;
  const what =
    access.subresource === undefined ? access.resource : `${access.resource}/${access.subresource}`;
  const why = reason === '' ? 'no role grants it' : reason;
  return `user ${JSON.stringify(user.name)} cannot ${access.verb} ${what} in API group ${subresourcesGroup}: ${why}`;
}
