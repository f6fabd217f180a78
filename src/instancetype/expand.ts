/** A VM's guest after its instancetype and preference: what admission judges, what runs, what is shown. Pure. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import { defaultInterfaces, defaultVolumes } from '../api/defaults-devices.ts';
import { defaultVmiSpec } from '../api/defaults.ts';
import type { VmiSpecManifest, VmManifest } from '../api/manifests.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../api/types.ts';
import { required } from '../api/validate/cause.ts';
import type { Cause } from '../api/validate/cause.ts';
import { annotationConflicts, instancetypeConflicts } from './apply/conflicts.ts';
import { applyInstancetype } from './apply/instancetype.ts';
import type { Guest } from './apply/instancetype.ts';
import { preferAutoattach } from './prefer/devices.ts';
import { applyPreference } from './prefer/preference.ts';
import { spreadIsEven } from './prefer/topology.ts';
import { unmetRequirements } from './requirements.ts';
import { validateInstancetype } from './rules/instancetype.ts';
import { validatePreference } from './rules/preference.ts';

/** What describes a VM's guest beside its template. */
export interface Description {
  instancetype?: InstancetypeSpec | undefined;
  preference?: PreferenceSpec | undefined;
  /**
   * Memory that the template states is for the case that no instancetype could be inferred, and goes when one
   * could: KubeVirt's meaning of the failure policy `Ignore`.
   */
  replacesMemory?: boolean;
}

export type Expansion = (Guest & { conflicts?: never }) | { spec?: never; conflicts: readonly Cause[] };

type Template = VmManifest['spec']['template'];

const path = 'spec.template.spec';

/**
 * Expands a VM's template. Other defaults are not filled in; without instancetype and preference the template
 * comes back as it is.
 * @returns conflicts when template, instancetype and preference contradict one another
 */
export function expandTemplate(template: Template, described: Description, config: ClusterConfig): Expansion {
  const { instancetype, preference } = described;
  const annotations = { ...template.metadata?.annotations };
  if (template.spec === undefined) {
    return { conflicts: [required(path, 'missing virtual machine template. Fill in spec.template.spec')] };
  }
  if (instancetype === undefined && preference === undefined) return { spec: template.spec, annotations };
  const faults = faultsOf(described);
  if (faults.length > 0) return { conflicts: faults };
  const stated = described.replacesMemory && instancetype ? withoutMemory(template.spec) : template.spec;
  const conflicts = conflictsOf(stated, annotations, described);
  if (conflicts.length > 0) return { conflicts };
  const guest = merge({ spec: stated, annotations }, described, config);
  const unmet = unmetRequirements({ instancetype, preference, spec: defaultVmiSpec(guest.spec, config) });
  return unmet.length > 0 ? { conflicts: unmet } : guest;
}

/** What a revision keeps may be older than today's rules, and what anybody has written. */
function faultsOf({ instancetype, preference }: Description): Cause[] {
  const of = (kind: string, causes: readonly Cause[]): Cause[] =>
    causes.map((cause) => ({ ...cause, field: `${kind}.${cause.field}` }));
  return [
    ...of('instancetype', instancetype === undefined ? [] : validateInstancetype(instancetype)),
    ...of('preference', preference === undefined ? [] : validatePreference(preference)),
  ];
}

function conflictsOf(
  spec: VmiSpecManifest,
  annotations: Readonly<Record<string, string>>,
  { instancetype, preference }: Description,
): Cause[] {
  if (instancetype === undefined) return [];
  const uneven = spreadIsEven(instancetype, preference);
  if (uneven.length > 0) return uneven;
  return [
    ...instancetypeConflicts(instancetype, spec, path),
    ...annotationConflicts(instancetype, annotations),
  ];
}

/** Devices that a guest gets without asking come first, so that preferences reach them too. */
function merge(
  { spec, annotations }: Guest,
  { instancetype, preference }: Description,
  config: ClusterConfig,
): Guest {
  const attached = preference === undefined ? spec : preferAutoattach(spec, preference);
  const guest = { spec: defaultInput(defaultVolumes(defaultInterfaces(attached, config))), annotations };
  const sized = instancetype === undefined ? guest : applyInstancetype(guest, instancetype, preference);
  return preference === undefined ? sized : applyPreference(sized, preference);
}

function withoutMemory(spec: VmiSpecManifest): VmiSpecManifest {
  const { memory: _memory, ...domain } = spec.domain;
  return { ...spec, domain };
}

/** Of a name only: bus and type may be preferred, and have defaults. */
function defaultInput(spec: VmiSpecManifest): VmiSpecManifest {
  const { devices } = spec.domain;
  if (devices.autoattachInputDevice !== true || devices.inputs?.length) return spec;
  const inputs = [{ name: 'default-0' }] as NonNullable<typeof devices.inputs>;
  return { ...spec, domain: { ...spec.domain, devices: { ...devices, inputs } } };
}
