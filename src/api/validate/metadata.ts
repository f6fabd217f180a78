/** Rules on labels of a VMI, or of the template of one. */
import { invalid, notSupported, wrongType } from './cause.ts';
import type { Cause } from './cause.ts';
import { isLabelKey, labelCauses } from './labels.ts';
import { isRecord } from '../../support/record.ts';

/** Labels that components write; a user who sets one would steer other people's objects. */
const reserved = new Set([
  'kubevirt.io/created-by',
  'kubevirt.io/migrationJobUID',
  'kubevirt.io/nodeName',
  'kubevirt.io/migrationTargetNodeName',
  'kubevirt.io/schedulable',
  'kubevirt.io/install-strategy',
]);

/** Annotations that ask for what this release does not do. */
const unsupported: Readonly<Record<string, string>> = {
  'hooks.kubevirt.io/hookSidecars':
    'sidecars of a guest’s own; have who runs the cluster register one as a network binding plug-in (spec.configuration.network.binding of the KubeVirt object)',
  'kubevirt.io/ignitiondata': 'ignition data; use a cloudInitNoCloud volume',
  'kubevirt.io/placePCIDevicesOnRootComplex':
    'PCI devices outside ports of their own; remove it, or give disks and interfaces a pciAddress',
  'kubevirt.io/libvirt-log-filters':
    "filters of libvirt's log; remove it, and read the log of the compute container",
  'kubevirt.io/keep-launcher-alive-after-failure':
    'launchers that outlive their guest; remove it, and read why the guest ended in the status of the VMI',
};

export interface MetadataContext {
  /** Unchecked in templates: the API server keeps whatever is there. */
  readonly metadata: unknown;
  readonly path: string;
  /** Our own components may write reserved labels. */
  readonly trusted: boolean;
}

export function labelsAreNotReserved({ metadata, path, trusted }: MetadataContext): Cause[] {
  const names = Object.keys(entriesOf(metadata, 'labels')).filter((name) => reserved.has(name));
  if (trusted || names.length === 0) return [];
  return [
    notSupported(
      `${path}.labels`,
      `creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited: ${names.join(', ')}; remove them`,
    ),
  ];
}

const fields = ['labels', 'annotations'] as const;

export function metadataIsMaps({ metadata, path }: MetadataContext): Cause[] {
  if (metadata === undefined || metadata === null) return [];
  if (!isRecord(metadata)) return [wrongType(path, `${path} must be an object`)];
  return fields
    .filter((name) => (metadata[name] ?? undefined) !== undefined && !isRecord(metadata[name]))
    .map((name) => wrongType(`${path}.${name}`, `${path}.${name} must be an object of names and texts`));
}

export function metadataIsTextual({ metadata, path }: MetadataContext): Cause[] {
  return fields.flatMap((name) =>
    Object.entries(entriesOf(metadata, name))
      .filter(([, value]) => typeof value !== 'string')
      .map(([key]) =>
        invalid(`${path}.${name}`, `${path}.${name}['${key}'] must be text; put quotes around the value`),
      ),
  );
}

/** The instance and its pod get them: the API server would refuse both, long after the VM was accepted. */
export function labelsArePossible({ metadata, path }: MetadataContext): Cause[] {
  return labelCauses(textsOf(metadata, 'labels'), `${path}.labels`);
}

export function annotationNamesArePossible({ metadata, path }: MetadataContext): Cause[] {
  return Object.keys(entriesOf(metadata, 'annotations'))
    .filter((name) => !isLabelKey(name.toLowerCase()))
    .map((name) =>
      invalid(
        `${path}.annotations`,
        `${path}.annotations: '${name.slice(0, shownCharacters)}' is no name of an annotation; use letters, digits, '-', '_' and '.', at most 63, optionally after a domain and a slash`,
      ),
    );
}

const shownCharacters = 80;

export function annotationsAreHonoured({ metadata, path }: MetadataContext): Cause[] {
  return Object.entries(unsupported)
    .filter(([name]) => asks(entriesOf(metadata, 'annotations')[name]))
    .map(([name, what]) =>
      notSupported(
        `${path}.annotations`,
        `annotation ${name}: this release of monovirt does not support ${what}`,
      ),
    );
}

/** What is switched off asks for nothing. */
const asks = (value: unknown): boolean => value !== undefined && value !== '' && value !== 'false';

export const metadataRules = [
  metadataIsMaps,
  labelsAreNotReserved,
  metadataIsTextual,
  labelsArePossible,
  annotationNamesArePossible,
  annotationsAreHonoured,
] as const;

function entriesOf(metadata: unknown, name: 'labels' | 'annotations'): Record<string, unknown> {
  if (!isRecord(metadata)) return {};
  const entries = metadata[name];
  return isRecord(entries) ? entries : {};
}

/** What is no text has a cause of its own. */
const textsOf = (metadata: unknown, name: (typeof fields)[number]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(entriesOf(metadata, name)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
