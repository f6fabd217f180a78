/** Webhooks of VirtualMachines. They are never mutated: the stored spec stays what was applied. */
import { virtualMachines } from '../../api/kinds.ts';
import type { VmManifest } from '../../api/manifests.ts';
import { warningsOfEmulation } from '../../api/validate/emulated.ts';
import { validateVm, warningsOfVm } from '../../api/validate/vm.ts';
import { judgeDescription } from '../../instancetype/admission.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

export const validateVmAny: Reviewer = async (request, context) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<VmManifest>(request.object, 'VirtualMachine');
  if (causes) return verdict(causes);
  const judged = await judgeDescription(object, request, context);
  if (judged.verdict) return judged.verdict;
  const { config, trusted } = context;
  const { template } = judged.vm.spec;
  return verdict(validateVm(judged.vm, config, trusted), [
    ...warningsOfVm(object),
    ...judged.warnings,
    ...(template
      ? warningsOfEmulation(template.spec ?? { domain: { devices: {} } }, 'spec.template.spec', config)
      : []),
  ]);
};

export const vmWebhooks: readonly Webhook[] = [
  {
    name: 'virtualmachine-validator.kubevirt.io',
    type: 'validating',
    path: '/virtualmachines-validate',
    resource: virtualMachines,
    operations: ['CREATE', 'UPDATE'],
    conditions: specChanges,
    review: validateVmAny,
  },
];
