/** Webhooks of VirtualMachineInstancePresets; instances get them in their own mutating webhook. */
import { presets } from '../../api/kinds.ts';
import type { PresetManifest } from '../../api/manifests.ts';
import { validatePreset, warningsOfPreset } from '../../api/validate/preset.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

export const validatePresetAny: Reviewer = (request) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<PresetManifest>(request.object, presets.kind);
  return causes ? verdict(causes) : verdict(validatePreset(object), warningsOfPreset(object));
};

export const presetWebhooks: readonly Webhook[] = [
  {
    name: 'virtualmachinepreset-validator.kubevirt.io',
    type: 'validating',
    path: '/vmipreset-validate',
    resource: presets,
    operations: ['CREATE', 'UPDATE'],
    conditions: specChanges,
    review: validatePresetAny,
  },
];
