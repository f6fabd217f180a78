/** Which instancetype or preference a volume of a VM asks for, by labels of what it is made from. */
import type { Finder } from '../finder.ts';
import { dataSources, dataVolumes, persistentVolumeClaims } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { VmManifest } from '../../api/manifests.ts';
import type { KubeObject } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { ignoresFailure } from './matchers.ts';
import type { Matcher, Role } from './matchers.ts';

/** The CSI snapshotter's, when it is installed. */
export const volumeSnapshots: Resource = {
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  kind: 'VolumeSnapshot',
  plural: 'volumesnapshots',
  namespaced: true,
};

/** Reason of every refusal to infer. */
export const cannotInfer = 'CannotInfer';

/** Of the failure policy `Ignore`: there is a volume, and it asks for nothing. */
class NothingToInfer extends MonovirtError {
  constructor(message: string) {
    super(cannotInfer, message);
  }
}

export interface Inferred {
  name: string;
  kind: string;
}

interface Question {
  role: Role;
  namespace: string;
  lookup: Finder;
  signal: AbortSignal;
}

interface Place {
  name?: string;
  namespace?: string;
}

interface DataVolumeSpec {
  source?: { pvc?: Place; snapshot?: Place };
  sourceRef?: Place & { kind?: string };
}

type DataVolume = KubeObject & { spec?: DataVolumeSpec };
type DataSource = KubeObject & { spec?: { source?: { pvc?: Place; snapshot?: Place } } };

/**
 * Asks the volume that the matcher names.
 * @returns undefined when it asks for nothing and the matcher's failure policy takes that.
 * @throws MonovirtError CannotInfer
 */
export async function infer(
  vm: VmManifest,
  matcher: Matcher,
  question: Question,
): Promise<Inferred | undefined> {
  try {
    return await fromVolume(vm, matcher.inferFromVolume ?? '', question);
  } catch (error) {
    if (error instanceof NothingToInfer && ignoresFailure(matcher)) return undefined;
    throw error;
  }
}

function fromVolume(vm: VmManifest, name: string, question: Question): Promise<Inferred> {
  const volume = vm.spec.template.spec?.volumes?.find((candidate) => candidate.name === name);
  if (volume === undefined) {
    const message = `unable to find volume ${name} to infer defaults; name one of spec.template.spec.volumes`;
    throw new MonovirtError(cannotInfer, message);
  }
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim !== undefined) return fromObject(persistentVolumeClaims, { name: claim }, question);
  const dataVolume = volume.dataVolume?.name;
  if (dataVolume !== undefined) return fromDataVolume(vm, dataVolume, question);
  throw new NothingToInfer(
    `unable to infer defaults from volume ${name} as type is not supported; use persistentVolumeClaim or dataVolume`,
  );
}

async function fromDataVolume(vm: VmManifest, name: string, question: Question): Promise<Inferred> {
  const template = vm.spec.dataVolumeTemplates?.find(({ metadata }) => metadata?.name === name);
  if (template !== undefined) return fromSpec(template.spec, question);
  const found = await find<DataVolume>(dataVolumes, { name }, question);
  // CDI may have removed one that is done; its claim has the same name.
  if (found === undefined) return fromObject(persistentVolumeClaims, { name }, question);
  return labelled(found, question.role) ?? fromSpec(found.spec ?? {}, question);
}

function fromSpec({ source, sourceRef }: DataVolumeSpec, question: Question): Promise<Inferred> {
  if (source?.pvc) return fromObject(persistentVolumeClaims, source.pvc, question);
  if (source?.snapshot) return fromObject(volumeSnapshots, source.snapshot, question);
  if (sourceRef?.kind === dataSources.kind) return fromDataSource(sourceRef, question);
  throw new NothingToInfer(
    sourceRef === undefined
      ? 'unable to infer defaults from DataVolumeSpec as DataVolumeSource is not supported; use a source pvc or snapshot'
      : `unable to infer defaults from DataVolumeSourceRef as Kind ${sourceRef.kind ?? ''} is not supported; use DataSource`,
  );
}

async function fromDataSource(place: Place, question: Question): Promise<Inferred> {
  const found = await existing<DataSource>(dataSources, place, question);
  const source = found.spec?.source;
  const own = labelled(found, question.role);
  if (own !== undefined) return own;
  if (source?.pvc) return fromObject(persistentVolumeClaims, source.pvc, question);
  if (source?.snapshot) return fromObject(volumeSnapshots, source.snapshot, question);
  throw new NothingToInfer(
    "unable to infer defaults from DataSource that doesn't provide DataVolumeSourcePVC or DataVolumeSourceSnapshot; label it",
  );
}

async function fromObject(resource: Resource, place: Place, question: Question): Promise<Inferred> {
  const inferred = labelled(await existing(resource, place, question), question.role);
  if (inferred !== undefined) return inferred;
  const { nameLabel, field } = question.role;
  throw new NothingToInfer(
    `unable to find required ${nameLabel} label on the volume; label ${resource.kind} ${place.name ?? ''}, or name one in spec.${field}.name`,
  );
}

function labelled({ metadata }: KubeObject, role: Role): Inferred | undefined {
  const name = metadata.labels?.[role.nameLabel];
  return name ? { name, kind: metadata.labels?.[role.kindLabel] ?? '' } : undefined;
}

const find = <T extends KubeObject>(
  resource: Resource,
  { name = '', namespace }: Place,
  question: Question,
): Promise<T | undefined> =>
  question.lookup.find<T>(resource, { name, namespace: namespace || question.namespace }, question.signal);

async function existing<T extends KubeObject>(
  resource: Resource,
  place: Place,
  question: Question,
): Promise<T> {
  const found = await find<T>(resource, place, question);
  if (found !== undefined) return found;
  const { role } = question;
  throw new MonovirtError(
    cannotInfer,
    `cannot infer the ${role.field}: ${resource.kind} ${place.namespace || question.namespace}/${place.name ?? ''} not found; create it, or name one in spec.${role.field}.name`,
  );
}
