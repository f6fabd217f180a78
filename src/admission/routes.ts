/** The webhooks as routes of our HTTPS server. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import type { Route } from '../http/types.ts';
import { readReview, reviewResponse } from './review.ts';
import type { Evacuate, Lookup } from './webhook.ts';
import { webhooks } from './webhooks.ts';

export interface AdmissionDependencies {
  /** The configuration in force; asked for each request. */
  config: () => ClusterConfig;
  /** Names of our components' users, such as `system:serviceaccount:kubevirt:kubevirt-controller`. */
  trustedUsers: ReadonlySet<string>;
  lookup: Lookup;
  evacuate: Evacuate;
}

/** A route for every webhook. A body that is no review is answered with 400, anything else with a verdict. */
export function admissionRoutes({ config, trustedUsers, lookup, evacuate }: AdmissionDependencies): Route[] {
  return webhooks.map(({ path, review }) => ({
    method: 'POST',
    path,
    async handle(request) {
      const admission = await readReview(request);
      const trusted = trustedUsers.has(admission.userInfo.username);
      const { signal } = request;
      const verdict = await review(admission, { config: config(), trusted, lookup, evacuate, signal });
      return reviewResponse(admission.uid, verdict);
    },
  }));
}
