/** Validation of VirtualMachineInstanceReplicaSets. */
import type { ClusterConfig } from '../cluster-config.ts';
import { defaultVmiSpec } from '../defaults.ts';
import { selects } from '../label-selector.ts';
import type { ReplicaSetManifest } from '../manifests.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { check } from './rule.ts';
import type { Rule } from './rule.ts';
import { labelsIn, validateSelector } from './selector.ts';
import { validateMetadata, validateVmiSpec } from './vmi.ts';

export interface ReplicaSetContext {
  readonly replicaSet: ReplicaSetManifest;
  readonly config: ClusterConfig;
  readonly trusted: boolean;
}

export function replicaTemplateIsValid({ replicaSet, config, trusted }: ReplicaSetContext): Cause[] {
  const path = 'spec.template';
  const { metadata, spec } = replicaSet.spec.template;
  if (!spec) return [required(path, 'missing virtual machine template. Fill in spec.template.spec')];
  return [
    ...validateMetadata({ metadata, path: `${path}.metadata`, trusted }),
    ...validateVmiSpec({ spec: defaultVmiSpec(spec, config), path: `${path}.spec`, config }),
  ];
}

export function replicaSelectorIsValid({ replicaSet }: ReplicaSetContext): Cause[] {
  return validateSelector(replicaSet.spec.selector, 'spec.selector');
}

/** A set whose own instances it does not know would make new ones for ever. */
export function replicaSelectorMatches({ replicaSet }: ReplicaSetContext): Cause[] {
  const { selector, template } = replicaSet.spec;
  const labels = labelsIn(template.metadata);
  if (Object.keys(labels).length > 0 && selects(selector, labels)) return [];
  return [
    invalid(
      'spec.selector',
      'selector does not match labels. Give spec.template.metadata.labels what spec.selector asks for',
    ),
  ];
}

export const replicaSetRules: readonly Rule<ReplicaSetContext>[] = [
  replicaTemplateIsValid,
  replicaSelectorIsValid,
  replicaSelectorMatches,
];

/** All that is wrong with a replica set. Total on objects that match the schema. */
export function validateReplicaSet(context: ReplicaSetContext): Cause[] {
  return check(replicaSetRules, context);
}
