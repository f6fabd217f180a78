/**
 * Presets: settings that instances with certain labels get when they are created, as KubeVirt's mutating webhook
 * applies them. Pure. What an instance states itself always stays.
 */
import type { VmiManifest } from './manifests.ts';
import { defined } from '../support/defined.ts';
import { compareQuantities, tryParseQuantity } from './quantity.ts';
import { sameJson } from './same-json.ts';
import { selects } from './label-selector.ts';
import type { LabelSelector } from './label-selector.ts';
import { invalid } from './validate/cause.ts';
import type { Cause } from './validate/cause.ts';

type Domain = VmiManifest['spec']['domain'];

/** As much of a preset as is looked at. */
export interface PresetLike {
  metadata: { name: string };
  spec?: { selector: LabelSelector; domain?: Domain };
}

/** An instance with this annotation set to `true` is left alone. */
const exclusion = 'virtualmachineinstancepresets.admission.kubevirt.io/exclude';
/** Put on an instance for each preset that was applied, before the preset's name. */
const appliedPrefix = 'virtualmachinepreset.kubevirt.io/';

/** One setting that presets carry: how it is read, and how a domain that lacks it gets it. */
interface Setting {
  path: string;
  of: (domain: Domain) => unknown;
  set: (domain: Domain, value: never) => Domain;
  same: (left: never, right: never) => boolean;
}

const field = (key: 'cpu' | 'firmware' | 'features' | 'ioThreadsPolicy'): Setting => ({
  path: `spec.domain.${key}`,
  of: (domain) => domain[key],
  set: (domain, value) => ({ ...domain, [key]: value }),
  same: sameJson,
});

const settings: readonly Setting[] = [
  {
    path: 'spec.domain.resources.requests',
    of: (domain) => unlessEmpty(domain.resources?.requests),
    set: (domain, value) => ({ ...domain, resources: { ...domain.resources, requests: value } }),
    same: sameAmounts,
  },
  field('cpu'),
  field('firmware'),
  {
    path: 'spec.domain.clock.utc',
    of: ({ clock: { utc, timezone } = {} }) => unlessEmpty(defined({ utc, timezone })),
    set: (domain, value: object) => ({ ...domain, clock: { ...domain.clock, ...value } }),
    same: sameJson,
  },
  {
    path: 'spec.domain.clock.timer',
    of: ({ clock }) => clock?.timer,
    set: (domain, value) => ({ ...domain, clock: { ...domain.clock, timer: value } }),
    same: sameJson,
  },
  field('features'),
  {
    path: 'spec.domain.devices.watchdog',
    of: ({ devices }) => devices?.watchdog,
    set: (domain, value) => ({ ...domain, devices: { ...domain.devices, watchdog: value } }),
    same: sameJson,
  },
  field('ioThreadsPolicy'),
];

/** Paths, below a preset's `spec`, of what presets are for; all else in a preset does nothing. */
export const presetPaths: readonly string[] = [
  'selector.**',
  ...settings.map(({ path }) => `${path.replace(/^spec\./, '').replace(/\.utc$/, '')}.**`),
];

const unlessEmpty = <T extends object>(value: T | undefined): T | undefined =>
  value !== undefined && Object.keys(value).length > 0 ? value : undefined;

const domainOf = ({ spec }: PresetLike): Domain => spec?.domain ?? { devices: {} };

type Amounts = Readonly<Record<string, string>>;

/** Only what both state can differ: 1Gi and 1024Mi do not. */
function sameAmounts(left: Amounts, right: Amounts): boolean {
  return Object.keys(left).every((key) => {
    const [one, other] = [left[key], right[key]];
    if (one === undefined || other === undefined) return true;
    const readable = tryParseQuantity(one) !== undefined && tryParseQuantity(other) !== undefined;
    return readable ? compareQuantities(one, other) === 0 : one === other;
  });
}

/** Paths of settings that both domains have, and have differently. */
function conflicts(left: Domain, right: Domain): string[] {
  return settings
    .filter(({ of, same }) => {
      const [one, other] = [of(left), of(right)];
      return one !== undefined && other !== undefined && !same(one as never, other as never);
    })
    .map(({ path }) => path);
}

export type WithPresets =
  { vmi: VmiManifest; warnings: readonly string[]; causes?: never } | { causes: readonly Cause[] };

/**
 * The instance with what the presets that select it give.
 * @param presets those of its namespace
 * @returns causes when two of them contradict each other, and warnings for what the instance states otherwise
 */
export function withPresets(vmi: VmiManifest, presets: readonly PresetLike[]): WithPresets {
  if (vmi.metadata?.annotations?.[exclusion] === 'true') return { vmi, warnings: [] };
  const selected = presets
    .filter(({ spec }) => selects(spec?.selector, vmi.metadata?.labels ?? {}))
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
  const causes = contradictions(selected).take(contradictionsTold).toArray();
  if (causes.length > 0) return { causes };
  const warnings: string[] = [];
  const applying: string[] = [];
  const domain = selected.reduce((current, preset) => {
    const { domain: next, applied, kept } = merge(current, domainOf(preset));
    const { name } = preset.metadata;
    warnings.push(...kept.map((path) => `${path} is kept: preset '${name}' would set it to something else`));
    if (!applied) return current;
    applying.push(name);
    return next;
  }, vmi.spec.domain);
  if (applying.length === 0) return { vmi, warnings };
  return { vmi: marked({ ...vmi, spec: { ...vmi.spec, domain } }, applying), warnings };
}

/** More than a person reads, and few enough for any answer. */
const contradictionsTold = 10;

/** Compares each preset with the first that states the same: whoever makes thousands of them holds up nobody. */
function* contradictions(presets: readonly PresetLike[]): Generator<Cause, undefined> {
  const first = new Map<string, { preset: string; stated: Stated }>();
  for (const preset of presets) {
    const { name } = preset.metadata;
    for (const stated of statedBy(domainOf(preset))) {
      const other = first.get(stated.id);
      if (other === undefined) first.set(stated.id, { preset: name, stated });
      else if (!stated.same(other.stated.value as never, stated.value as never)) {
        yield contradiction(stated.path, name, other.preset);
      }
    }
  }
}

const contradiction = (path: string, name: string, other: string): Cause =>
  invalid(
    path,
    `VirtualMachinePresets cannot be applied due to conflicts: presets '${name}' and '${other}' conflict in ${path}; change one of them, the labels of the instance, or annotate it with ${exclusion}: "true"`,
  );

interface Stated {
  /** The same in every preset that states the same thing. */
  id: string;
  path: string;
  value: unknown;
  same: Setting['same'];
}

/** Amounts count one by one: presets may give an instance different ones. */
function statedBy(domain: Domain): Stated[] {
  return settings.flatMap(({ path, of, same }) => {
    const value = of(domain);
    if (value === undefined) return [];
    if (same !== sameAmounts) return [{ id: path, path, value, same }];
    return Object.entries(value as Amounts).map(([key, amount]) => ({
      id: `${path}/${key}`,
      path,
      value: { [key]: amount },
      same,
    }));
  });
}

interface Merged {
  domain: Domain;
  /** Whether the instance has any setting of the preset now. */
  applied: boolean;
  /** Paths of settings that the instance states otherwise. */
  kept: readonly string[];
}

function merge(domain: Domain, preset: Domain): Merged {
  const kept = conflicts(domain, preset);
  const given = settings.filter(({ of }) => of(preset) !== undefined);
  const missing = given.filter(({ of }) => of(domain) === undefined);
  return {
    domain: missing.reduce((current, { of, set }) => set(current, of(preset) as never), domain),
    applied: given.length > kept.length,
    kept,
  };
}

const marked = (vmi: VmiManifest, presets: readonly string[]): VmiManifest => ({
  ...vmi,
  metadata: {
    ...vmi.metadata,
    annotations: {
      ...vmi.metadata?.annotations,
      ...Object.fromEntries(presets.map((name) => [`${appliedPrefix}${name}`, 'kubevirt.io/v1'])),
    },
  },
});
