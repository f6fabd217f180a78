/** Whether the claims of an instance can be used yet. Pure. */
import { isShared } from '../../../api/filesystems.ts';
import { dataVolumes, persistentVolumeClaims } from '../../../api/kinds.ts';
import type { PersistentVolumeClaim, Vmi, Volume } from '../../../api/types.ts';
import type { PodProblem } from '../pod-problems.ts';
import type { Wanted } from '../../support/awaited.ts';
import { dataVolumeReason, dataVolumeState } from '../../support/data-volume.ts';
import type { DataVolume } from '../../support/data-volume.ts';
import { claimOf } from '../../../api/claim-of.ts';

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
  'ClaimTerminating',
  'ClaimLost',
] as const;

/** Those that speak of a DataVolume: by its phase, for VMs say so in one word. */
export const dataVolumeReasons: ReadonlySet<string> = new Set([
  'DataVolumeNotReady',
  'DataVolumeError',
  'WaitForFirstConsumer',
]);

/** Why a volume's claim cannot be used yet; undefined when it can, or the volume has none. */
export function claimProblem(vmi: Vmi, volume: Volume, { claim, dataVolume }: Found): Waiting | undefined {
  const source = claimOf(volume);
  if (source === undefined) return undefined;
  const key = { namespace: vmi.metadata.namespace ?? 'default', name: source.claimName };
  const wanted = [{ resource: persistentVolumeClaims, key }];
  // Whether CDI is there is known only when something of it was found.
  const filler = dataVolume && { ...key, name: dataVolume.metadata.name };
  const both = filler === undefined ? wanted : [...wanted, { resource: dataVolumes, key: filler }];
  if (claim === undefined) return notFound(volume, `${key.namespace}/${key.name}`, dataVolume, both);
  const unusable = claimUnusable(volume, claim, wanted);
  if (unusable !== undefined) return unusable;
  const reason = dataVolume === undefined ? undefined : dataVolumeReason(dataVolume);
  if (dataVolume !== undefined && reason !== undefined) {
    return { reason, message: notFilled(volume, dataVolume), wanted: both };
  }
  return modeProblem(vmi, volume, claim, wanted);
}

/** A claim that is going, or whose storage is gone, comes back only as another one. */
function claimUnusable(
  { name }: Volume,
  { metadata, status }: PersistentVolumeClaim,
  wanted: Wanted[],
): Waiting | undefined {
  const subject = `volume ${name}: PVC ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) {
    const message = `${subject} is being deleted; stop what still uses it (kubectl describe pvc names the pods), and create it anew`;
    return { reason: 'ClaimTerminating', message, wanted };
  }
  if (status?.phase !== 'Lost') return undefined;
  const message = `${subject} has lost its PersistentVolume; restore that, or delete the claim and restore its data`;
  return { reason: 'ClaimLost', message, wanted };
}

/** A LUN is a device, and what the guest mounts is a folder. */
function modeProblem(
  vmi: Vmi,
  volume: Volume,
  { metadata, spec }: PersistentVolumeClaim,
  wanted: Wanted[],
): Waiting | undefined {
  const block = spec?.volumeMode === 'Block';
  if (block && isShared(vmi.spec, volume)) return notAFolder(volume, metadata.name, wanted);
  return block || !isLun(vmi, volume) ? undefined : notABlock(volume, metadata.name, wanted);
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

function notAFolder({ name }: Volume, claim: string, wanted: Wanted[]): Waiting {
  return {
    reason: 'VolumeModeUnsuitable',
    message: `volume ${name}: PVC ${claim} is a block device, and virtiofs shares a folder; use a claim with volumeMode Filesystem, or give it a disk`,
    wanted,
  };
}

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
  const missing = `volume ${name}: PVC ${claim} does not exist, waiting for it to appear; `;
  if (dataVolume === undefined) {
    return { reason: 'FailedPvcNotFound', message: `${missing}${remedy}`, wanted: both };
  }
  const made = `DataVolume ${dataVolume.metadata.name} makes it (${dataVolumeState(dataVolume)})`;
  const reason = dataVolumeReason(dataVolume) ?? 'DataVolumeNotReady';
  return { reason, message: `${missing}${made}`, wanted: both };
}

function notFilled({ name }: Volume, dataVolume: DataVolume): string {
  const waits = dataVolumeReason(dataVolume) === 'WaitForFirstConsumer';
  const remedy = waits
    ? 'a pod stands in as its first consumer, so that CDI fills it where the guest can run'
    : 'see its conditions and its importer pod if this takes long';
  return `volume ${name}: DataVolume ${dataVolume.metadata.name} is not filled yet (${dataVolumeState(dataVolume)}); ${remedy}`;
}

/** The name of the DataVolume that a claim belongs to. */
export function fillerOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === dataVolumes.kind,
  )?.name;
}
