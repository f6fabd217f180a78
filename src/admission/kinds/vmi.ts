/** Webhooks of VirtualMachineInstances. */
import { defaultVmi } from '../../api/defaults.ts';
import { presets, virtualMachineInstances } from '../../api/kinds.ts';
import type { VmiManifest } from '../../api/manifests.ts';
import { withPresets } from '../../api/presets.ts';
import type { Preset } from '../../api/types.ts';
import { warningsOfEmulation } from '../../api/validate/emulated.ts';
import { validateVmi, validateVmiUpdate } from '../../api/validate/vmi.ts';
import { jsonPatch } from '../json-patch.ts';
import { parse, verdict } from '../parse.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

/**
 * Fills in what presets give, then defaults. What does not match the schema passes as it is: the API server then
 * names each field.
 */
export const mutateVmi: Reviewer = async (request, { config, lookup, signal }) => {
  if (request.operation !== 'CREATE') return { allowed: true };
  const { object } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  if (!object) return { allowed: true };
  const given = withPresets(object, await lookup.list<Preset>(presets, request.namespace ?? '', signal));
  if (given.causes) return verdict(given.causes);
  const { vmi, warnings } = given;
  return { allowed: true, patch: jsonPatch(object, defaultVmi(vmi, config, request.uid)), warnings };
};

export const validateVmiCreate: Reviewer = (request, { config, trusted }) => {
  const { object, causes } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  if (causes) return verdict(causes);
  return verdict(validateVmi(object, config, trusted), warningsOfEmulation(object.spec, 'spec', config));
};

export const validateVmiChange: Reviewer = (request, { trusted }) => {
  if (trusted) return { allowed: true };
  const { object, causes } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  const old = parse<VmiManifest>(request.oldObject, 'VirtualMachineInstance');
  if (causes) return verdict(causes);
  // Without a readable former state nothing can be said to have changed unduly.
  return verdict(old.object ? validateVmiUpdate(object, old.object) : []);
};

export const vmiWebhooks: readonly Webhook[] = [
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
    exemptsComponents: true,
    review: validateVmiChange,
  },
];
