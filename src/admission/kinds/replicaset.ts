/** Webhooks of VirtualMachineInstanceReplicaSets. */
import { replicaSets } from '../../api/kinds.ts';
import type { ReplicaSetManifest } from '../../api/manifests.ts';
import { warningsOfEmulation } from '../../api/validate/emulated.ts';
import { validateReplicaSet } from '../../api/validate/replicaset.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

export const validateReplicaSetAny: Reviewer = (request, { config, trusted }) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<ReplicaSetManifest>(request.object, replicaSets.kind);
  if (causes) return verdict(causes);
  const { spec } = object.spec.template;
  const warnings = spec ? warningsOfEmulation(spec, 'spec.template.spec', config) : [];
  return verdict(validateReplicaSet({ replicaSet: object, config, trusted }), warnings);
};

export const replicaSetWebhooks: readonly Webhook[] = [
  {
    name: 'virtualmachinereplicaset-validator.kubevirt.io',
    type: 'validating',
    path: '/virtualmachinereplicaset-validate',
    resource: replicaSets,
    operations: ['CREATE', 'UPDATE'],
    conditions: specChanges,
    review: validateReplicaSetAny,
  },
];
