/** Validation of VirtualMachineInstances. */
import type { ClusterConfig } from '../cluster-config.ts';
import type { VmiManifest } from '../manifests.ts';
import { sameJson } from '../same-json.ts';
import { forbidden } from './cause.ts';
import type { Cause } from './cause.ts';
import { fieldsAreHonoured } from './honoured-vmi.ts';
import { metadataRules } from './metadata.ts';
import type { MetadataContext } from './metadata.ts';
import { check } from './rule.ts';
import { deviceRules } from './rules/devices.ts';
import { domainRules } from './rules/domain.ts';
import { networkRules } from './rules/network.ts';
import { podRules } from './rules/pod.ts';
import { storageRules } from './rules/storage.ts';
import type { Rule, SpecContext } from './rule.ts';

/** Every rule on a VMI's spec, in the order in which causes are reported. */
export const specRules: readonly Rule[] = [
  ...domainRules,
  ...storageRules,
  ...networkRules,
  ...deviceRules,
  ...podRules,
  fieldsAreHonoured,
];

/** All that is wrong with a VMI spec whose defaults are filled in. Total on objects that match the schema. */
export function validateVmiSpec(context: SpecContext): Cause[] {
  return check(specRules, context);
}

export function validateMetadata(context: MetadataContext): Cause[] {
  return check<MetadataContext>(metadataRules, context);
}

/**
 * All that is wrong with a new VMI whose defaults are filled in.
 * @param trusted the request comes from a component of ours, which may set reserved labels
 */
export function validateVmi(vmi: VmiManifest, config: ClusterConfig, trusted: boolean): Cause[] {
  return [
    ...validateMetadata({ metadata: vmi.metadata, path: 'metadata', trusted }),
    ...validateVmiSpec({ spec: vmi.spec, path: 'spec', config }),
  ];
}

/** What is wrong with a user's change to a VMI: its spec is what runs, and only components may follow that. */
export function validateVmiUpdate(vmi: VmiManifest, old: VmiManifest): Cause[] {
  const causes: Cause[] = [];
  if (!sameJson(vmi.spec, old.spec)) {
    causes.push(
      forbidden(
        'spec',
        'update of VMI object is restricted; change the VirtualMachine, or make a new instance',
      ),
    );
  }
  if (!sameJson(reservedLabels(vmi), reservedLabels(old))) {
    causes.push(
      forbidden(
        'metadata.labels',
        'modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited; leave them as they are',
      ),
    );
  }
  return causes;
}

function reservedLabels(vmi: VmiManifest): [string, string][] {
  const names = ['kubevirt.io/created-by', 'kubevirt.io/nodeName'];
  return Object.entries(vmi.metadata?.labels ?? {}).filter(([name]) => names.includes(name));
}
