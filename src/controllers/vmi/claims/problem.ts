/** Whether the claims of an instance can be used yet. Pure. */
import { dataVolumes, persistentVolumeClaims } from '../../../api/kinds.ts';
import type { KubeObject, PersistentVolumeClaim, Vmi, Volume } from '../../../api/types.ts';
import type { PodProblem } from '../pod-problems.ts';
import type { Wanted } from './awaited.ts';
import { claimOf } from './volume-source.ts';

export type DataVolume = KubeObject & { status?: { phase?: string } };

/** What was found under the name of a volume's claim. */
export interface Found {
  claim: PersistentVolumeClaim | undefined;
  /** The DataVolume that makes or fills the claim. */
  dataVolume: DataVolume | undefined;
}

/** A cause why an instance has to wait, and what would change that. */
export interface Waiting extends PodProblem {
  wanted: Wanted[];
}

/** Reasons of what `claimProblem` finds. */
export const claimProblemReasons = [
  'FailedPvcNotFound',
  'DataVolumeNotReady',
  'DataVolumeError',
  'WaitForFirstConsumer',
  'VolumeModeUnsuitable',
] as const;

/** Those that speak of a DataVolume: by its phase, for VMs say so in one word. */
export const dataVolumeReasons: ReadonlySet<string> = new Set([
  'DataVolumeNotReady',
  'DataVolumeError',
  'WaitForFirstConsumer',
]);

function reasonOf({ status }: DataVolume): string {
  if (status?.phase === 'Failed') return 'DataVolumeError';
  return status?.phase === 'WaitForFirstConsumer' ? status.phase : 'DataVolumeNotReady';
}

/** Why a volume's claim cannot be used yet; undefined when it can, or the volume has none. */
export function claimProblem(vmi: Vmi, volume: Volume, { claim, dataVolume }: Found): Waiting | undefined {
  const source = claimOf(volume);
  if (source === undefined) return undefined;
  const key = { namespace: vmi.metadata.namespace ?? 'default', name: source.claimName };
  const wanted = [{ resource: persistentVolumeClaims, key }];
  // Whether CDI is there is known only when something of it was found.
  const both = dataVolume === undefined ? wanted : [...wanted, { resource: dataVolumes, key }];
  if (claim === undefined) return notFound(volume, `${key.namespace}/${key.name}`, dataVolume, both);
  if (dataVolume !== undefined && !isFilled(dataVolume)) return notFilled(volume, dataVolume, both);
  return claim.spec?.volumeMode === 'Block' || !isLun(vmi, volume)
    ? undefined
    : notABlock(volume, key.name, wanted);
}

const isLun = ({ spec }: Vmi, { name }: Volume): boolean =>
  spec.domain.devices.disks?.some((disk) => disk.name === name && disk.lun) === true;

function notABlock({ name }: Volume, claim: string, wanted: Wanted[]): Waiting {
  return {
    reason: 'VolumeModeUnsuitable',
    message: `volume ${name}: PVC ${claim} has a file system, and a LUN is a block device; use a claim with volumeMode Block, or disk: {}`,
    wanted,
  };
}

/** A claim that is filled when its first pod comes must not wait for that itself. */
const isFilled = ({ status }: DataVolume): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'PendingPopulation';

function notFound(
  { name, dataVolume: wished }: Volume,
  claim: string,
  dataVolume: DataVolume | undefined,
  both: Wanted[],
): Waiting {
  const remedy =
    wished === undefined
      ? 'create it, or correct the volume'
      : 'create the DataVolume, for which CDI must be installed, or a PVC of that name';
  const made = `DataVolume ${dataVolume?.metadata.name} makes it (phase ${dataVolume?.status?.phase ?? 'unknown'})`;
  return {
    reason: dataVolume === undefined ? 'FailedPvcNotFound' : reasonOf(dataVolume),
    message: `volume ${name}: PVC ${claim} does not exist, waiting for it to appear; ${dataVolume === undefined ? remedy : made}`,
    wanted: both,
  };
}

function notFilled({ name }: Volume, dataVolume: DataVolume, both: Wanted[]): Waiting {
  const { metadata, status } = dataVolume;
  const phase = status?.phase ?? 'unknown';
  const remedy =
    phase === 'WaitForFirstConsumer'
      ? 'annotate it with cdi.kubevirt.io/storage.bind.immediate.requested=true, so that it does not wait for this guest'
      : 'see its conditions and its importer pod if this takes long';
  return {
    reason: reasonOf(dataVolume),
    message: `volume ${name}: DataVolume ${metadata.name} is not filled yet (phase ${phase}); ${remedy}`,
    wanted: both,
  };
}

/** The name of the DataVolume that a claim belongs to. */
export function fillerOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === dataVolumes.kind,
  )?.name;
}
