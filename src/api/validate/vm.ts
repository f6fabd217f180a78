/** Validation of VirtualMachines. */
import type { ClusterConfig } from '../cluster-config.ts';
import { defaultVmiSpec } from '../defaults.ts';
import type { VmManifest } from '../manifests.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { dataVolumeTemplateRules } from './data-volume-templates.ts';
import { check } from './rule.ts';
import type { Rule } from './rule.ts';
import { honoured, unsupported } from './unsupported.ts';
import { validateMetadata, validateVmiSpec } from './vmi.ts';

export interface VmContext {
  readonly vm: VmManifest;
  readonly config: ClusterConfig;
  readonly trusted: boolean;
}

const runStrategies = ['Always', 'Halted', 'Manual', 'RerunOnFailure', 'Once'];

export function runStrategyIsKnown({ vm }: VmContext): Cause[] {
  const strategy = vm.spec.runStrategy;
  const field = 'spec.runStrategy';
  if (strategy === undefined || runStrategies.includes(strategy)) return [];
  const others = `use one of: ${runStrategies.join(', ')}`;
  if (strategy === 'WaitAsReceiver') {
    const why =
      'DecentralizedLiveMigration feature gate is not enabled in kubevirt resource, nor does this release of monovirt receive VMs of other clusters';
    return [invalid(field, `Invalid RunStrategy (${strategy}), ${why}; ${others}`)];
  }
  return [invalid(field, `Invalid RunStrategy (${strategy}); ${others}`)];
}

export function oneWayToRun({ vm }: VmContext): Cause[] {
  const { running, runStrategy } = vm.spec;
  if (running !== undefined && runStrategy !== undefined) {
    return [
      invalid(
        'spec.running',
        'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead',
      ),
    ];
  }
  if (running !== undefined || runStrategy !== undefined) return [];
  return [
    invalid(
      'spec.running',
      'RunStrategy must be specified; use spec.runStrategy: Always, or Halted to start it by hand',
    ),
  ];
}

export function vmFieldsAreHonoured({ vm }: VmContext): Cause[] {
  const known = honoured([
    'running',
    'runStrategy',
    'instancetype.**',
    'preference.**',
    'updateVolumesStrategy',
    'dataVolumeTemplates.**',
    'template.metadata.**',
    'template.spec.**',
  ]);
  return unsupported(vm.spec, 'spec', known, {
    remedies: {},
    emptyMatters: true,
  });
}

export function templateIsValid({ vm, config, trusted }: VmContext): Cause[] {
  const { metadata, spec } = vm.spec.template;
  const path = 'spec.template';
  if (!spec) return [required(path, 'missing virtual machine template. Fill in spec.template.spec')];
  return [
    ...validateMetadata({ metadata, path: `${path}.metadata`, trusted }),
    // What will be made of the template is what has to be right; nothing of it is written back.
    ...validateVmiSpec({ spec: defaultVmiSpec(spec, config), path: `${path}.spec`, config }),
  ];
}

export const vmRules: readonly Rule<VmContext>[] = [
  oneWayToRun,
  runStrategyIsKnown,
  vmFieldsAreHonoured,
  ...dataVolumeTemplateRules,
  templateIsValid,
];

/** All that is wrong with a VM. Total on objects that match the schema. */
export function validateVm(vm: VmManifest, config: ClusterConfig, trusted: boolean): Cause[] {
  return check(vmRules, { vm, config, trusted });
}

/** What a user should know about a VM that is accepted. */
export function warningsOfVm(vm: VmManifest): string[] {
  return vm.spec.running === undefined
    ? []
    : ['spec.running is deprecated, please use spec.runStrategy instead.'];
}
