/** What a webhook is made of. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import type { Resource } from '../api/kinds.ts';
import type { KubeObject, Vmi } from '../api/types.ts';
import type { Key } from '../kube/types.ts';
import type { AdmissionRequest, Verdict } from './review.ts';

/** What a verdict may depend on beside the request. */
export interface ReviewContext {
  readonly config: ClusterConfig;
  /** The request comes from a component of ours. */
  readonly trusted: boolean;
  readonly lookup: Lookup;
  readonly evacuate: Evacuate;
  /** Ends with the request. */
  readonly signal: AbortSignal;
}

/** Other objects of the cluster, as they are now. */
export interface Lookup {
  /** Undefined when there is no such object. */
  find<T extends KubeObject>(resource: Resource, key: Key, signal: AbortSignal): Promise<T | undefined>;
  /** All objects of a kind in a namespace, or in all of them. */
  list<T extends KubeObject>(
    resource: Resource,
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly T[]>;
}

/** Notes on a VMI that it is to leave its node. Rejects when the API server does not take it. */
export type Evacuate = (
  vmi: Vmi,
  eviction: { node: string; descheduler: boolean },
  signal: AbortSignal,
) => Promise<void>;

export type Reviewer = (request: AdmissionRequest, context: ReviewContext) => Verdict | Promise<Verdict>;

export interface Webhook {
  /** Fully qualified, as the API server demands. */
  readonly name: string;
  readonly type: 'mutating' | 'validating';
  readonly path: string;
  readonly resource: Resource;
  /** What follows the resource's name after a slash, such as `eviction`. */
  readonly subresource?: string;
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  /** Requests of our own components pass without being sent here: they must not depend on a webhook being up. */
  readonly exemptsComponents?: boolean;
  /** CEL expressions, by name, that a request must all meet to be sent here. */
  readonly conditions?: Readonly<Record<string, string>>;
  /** What happens while no replica answers; `Fail` unless stated. */
  readonly failurePolicy?: 'Fail' | 'Ignore';
  /** The reviewer changes something, but not for a dry run. */
  readonly writes?: boolean;
  readonly review: Reviewer;
}

/**
 * Conditions of a webhook that judges specs: finalizers, labels and whatever else is around them come and go without
 * a word from here, also while nobody answers. Kinds whose schema lets the spec be left out have none to compare.
 */
export const specChanges: Readonly<Record<string, string>> = {
  'spec-changes':
    'oldObject == null || (has(object.spec) ? !has(oldObject.spec) || object.spec != oldObject.spec : has(oldObject.spec))',
};
