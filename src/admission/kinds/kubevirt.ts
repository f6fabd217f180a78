/** Webhooks of the KubeVirt object. */
import { kubeVirts } from '../../api/kinds.ts';
import type { KubeVirtManifest } from '../../api/manifests.ts';
import { validateKubeVirt, warningsOfKubeVirt } from '../../api/validate/kubevirt.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

export const validateKubeVirtAny: Reviewer = (request) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<KubeVirtManifest>(request.object, 'KubeVirt');
  if (causes) return verdict(causes);
  return verdict(validateKubeVirt(object), warningsOfKubeVirt(object));
};

export const kubeVirtWebhooks: readonly Webhook[] = [
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
