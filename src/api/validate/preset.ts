/** Validation of VirtualMachineInstancePresets. */
import type { PresetManifest } from '../manifests.ts';
import { presetPaths } from '../presets.ts';
import { required } from './cause.ts';
import type { Cause } from './cause.ts';
import { check } from './rule.ts';
import type { Rule } from './rule.ts';
import { validateSelector } from './selector.ts';
import { honoured, unsupported } from './unsupported.ts';

export interface PresetContext {
  readonly preset: PresetManifest;
}

export function presetHasDomain({ preset }: PresetContext): Cause[] {
  if (preset.spec?.domain !== undefined) return [];
  return [required('spec.domain', 'missing domain. State what instances get in spec.domain')];
}

export function presetSelectorIsValid({ preset }: PresetContext): Cause[] {
  return preset.spec === undefined ? [] : validateSelector(preset.spec.selector, 'spec.selector');
}

export const presetRules: readonly Rule<PresetContext>[] = [presetHasDomain, presetSelectorIsValid];

/** All that is wrong with a preset. What it gives is judged where an instance gets it. */
export function validatePreset(preset: PresetManifest): Cause[] {
  return check(presetRules, { preset });
}

/** A user should know of each field that no instance will get. */
export function warningsOfPreset({ spec }: PresetManifest): string[] {
  return unsupported(spec, 'spec', honoured(presetPaths), { remedies: {}, emptyMatters: false }).map(
    ({ field }) => `${field} has no effect in a preset; state it in the instances, or use an instancetype`,
  );
}
