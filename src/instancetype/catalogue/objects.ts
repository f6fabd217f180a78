/** The catalogue as objects of the cluster. Pure. */
import { createHash } from 'node:crypto';
import { apiVersionOf, clusterInstancetypes, clusterPreferences } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import type { GuestKind } from './guests.ts';
import { guests } from './guests.ts';
import { series } from './series.ts';
import type { Series, Size } from './series.ts';

export interface CatalogueObject {
  resource: Resource;
  object: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
    spec: InstancetypeSpec | PreferenceSpec;
  };
}

/** Ours: what an object was made of. While it stays the same, nothing is compared or written. */
export const digestLabel = 'monovirt.io/catalogue';

const group = clusterInstancetypes.group;

/** @param version of the release, for the label that names one. */
export function catalogue(version: string): CatalogueObject[] {
  const sizes = series.flatMap((each) =>
    Object.entries(each.pages ?? { '': undefined }).flatMap(([suffix, page]) =>
      Object.entries(each.sizes).map(([name, size]) => instancetype(each, `${name}${suffix}`, size, page)),
    ),
  );
  return [...sizes, ...guests.map(preference)].map((entry) => labelled(entry, version));
}

function instancetype(
  of: Series,
  size: string,
  [cpus, memory]: Size,
  page: string | undefined,
): CatalogueObject {
  const { cpu, overcommitPercent, rest } = of;
  return described(clusterInstancetypes, `${of.name}.${size}`, {
    labels: {
      class: of.class,
      cpu: String(cpus),
      memory,
      size,
      version: '1',
      'icon-pf': of.icon,
      ...(page !== undefined && { hugepages: page }),
      ...(cpu?.dedicatedCPUPlacement && { dedicatedCPUPlacement: 'true' }),
      ...(cpu?.isolateEmulatorThread && { isolateEmulatorThread: 'true' }),
      ...(cpu?.numa && { numa: 'true' }),
    },
    annotations: { [`${group}/description`]: of.description, [`${group}/displayName`]: of.title },
    spec: {
      ...rest,
      cpu: { guest: cpus, ...cpu },
      memory: {
        guest: memory,
        ...(page !== undefined && { hugepages: { pageSize: page } }),
        ...(overcommitPercent !== undefined && { overcommitPercent }),
      },
    },
  });
}

function preference({ name, title, os, least, spec }: GuestKind): CatalogueObject {
  const [cpus, memory] = least ?? [];
  return described(clusterPreferences, name, {
    labels: {
      'os-type': os,
      ...(cpus !== undefined && { 'required-cpu': String(cpus) }),
      ...(memory !== undefined && { 'required-memory': memory }),
    },
    annotations: { 'openshift.io/display-name': title },
    spec: {
      annotations: { 'vm.kubevirt.io/os': os },
      ...spec,
      ...(cpus !== undefined &&
        memory !== undefined && { requirements: { cpu: { guest: cpus }, memory: { guest: memory } } }),
    },
  });
}

interface Content {
  /** Without the group that they are of. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: InstancetypeSpec | PreferenceSpec;
}

const described = (
  resource: Resource,
  name: string,
  { labels, annotations, spec }: Content,
): CatalogueObject => ({
  resource,
  object: {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      labels: Object.fromEntries(
        Object.entries({ ...labels, vendor: 'kubevirt.io' }).map(([key, value]) => [
          `${group}/${key}`,
          value,
        ]),
      ),
      annotations,
    },
    spec,
  },
});

function labelled({ resource, object }: CatalogueObject, version: string): CatalogueObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, [`${group}/common-instancetypes-version`]: version };
  const whole = JSON.stringify({ ...object, metadata: { ...metadata, labels } });
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 16);
  return {
    resource,
    object: { ...object, metadata: { ...metadata, labels: { ...labels, [digestLabel]: digest } } },
  };
}
