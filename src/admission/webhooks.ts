/** Which webhooks there are: the one table that routes and webhook configurations are made from. Pure. */
import { kubeVirts, virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import {
  mutateVmi,
  validateKubeVirtAny,
  validateVmAny,
  validateVmiChange,
  validateVmiCreate,
} from './reviewers.ts';
import type { Reviewer } from './reviewers.ts';

export interface Webhook {
  /** Fully qualified, as the API server demands. */
  readonly name: string;
  readonly type: 'mutating' | 'validating';
  readonly path: string;
  readonly resource: Resource;
  readonly operations: readonly ('CREATE' | 'UPDATE')[];
  readonly review: Reviewer;
}

/**
 * A VirtualMachine is not mutated: its stored spec stays what was applied. A status write reaches none of
 * these, because the resources have status subresources.
 */
export const webhooks: readonly Webhook[] = [
  {
    name: 'virtualmachineinstances-mutator.kubevirt.io',
    type: 'mutating',
    path: '/virtualmachineinstances-mutate',
    resource: virtualMachineInstances,
    operations: ['CREATE'],
    review: mutateVmi,
  },
  {
    name: 'virtualmachineinstances-create-validator.kubevirt.io',
    type: 'validating',
    path: '/virtualmachineinstances-validate-create',
    resource: virtualMachineInstances,
    operations: ['CREATE'],
    review: validateVmiCreate,
  },
  {
    name: 'virtualmachineinstances-update-validator.kubevirt.io',
    type: 'validating',
    path: '/virtualmachineinstances-validate-update',
    resource: virtualMachineInstances,
    operations: ['UPDATE'],
    review: validateVmiChange,
  },
  {
    name: 'virtualmachine-validator.kubevirt.io',
    type: 'validating',
    path: '/virtualmachines-validate',
    resource: virtualMachines,
    operations: ['CREATE', 'UPDATE'],
    review: validateVmAny,
  },
  {
    name: 'kubevirt-create-validator.kubevirt.io',
    type: 'validating',
    path: '/kubevirt-validate-create',
    resource: kubeVirts,
    operations: ['CREATE'],
    review: validateKubeVirtAny,
  },
  {
    name: 'kubevirt-update-validator.kubevirt.io',
    type: 'validating',
    path: '/kubevirt-validate-update',
    resource: kubeVirts,
    operations: ['UPDATE'],
    review: validateKubeVirtAny,
  },
];

/** One entry of a Mutating- or ValidatingWebhookConfiguration. */
export interface WebhookEntry {
  name: string;
  admissionReviewVersions: ['v1'];
  sideEffects: 'None';
  failurePolicy: 'Fail';
  matchPolicy: 'Equivalent';
  timeoutSeconds: number;
  clientConfig: {
    service: { namespace: string; name: string; path: string; port?: number };
    caBundle: string;
  };
  rules: {
    apiGroups: string[];
    apiVersions: string[];
    operations: string[];
    resources: string[];
    scope: 'Namespaced';
  }[];
}

export interface WebhookService {
  namespace: string;
  name: string;
  port?: number;
  /** PEM bundle, base64. */
  caBundle: string;
}

/** Entries of one configuration object, in the order of the table. */
export function webhookEntries(type: Webhook['type'], service: WebhookService): WebhookEntry[] {
  const { caBundle, ...target } = service;
  return webhooks
    .filter((webhook) => webhook.type === type)
    .map(({ name, path, resource, operations }) => ({
      name,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      // Requests to v1alpha3 are reviewed too, as v1.
      matchPolicy: 'Equivalent',
      timeoutSeconds: 10,
      clientConfig: { service: { ...target, path }, caBundle },
      rules: [
        {
          apiGroups: [resource.group],
          apiVersions: [resource.version],
          operations: [...operations],
          resources: [resource.plural],
          scope: 'Namespaced',
        },
      ],
    }));
}
