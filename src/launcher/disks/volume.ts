/** One volume made ready: its source's image, and how it is best used. */
import { basename, join } from 'node:path';
import { isOnlyShared, isShared } from '../../api/filesystems.ts';
import type { Disk, Vmi, Volume } from '../../api/types.ts';
import type { DiskImage, VolumeImage } from '../../libvirt/context.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Paths } from '../paths.ts';
import { claimInfo } from './claim-size.ts';
import { claimImage, folderImage } from './claim.ts';
import { cloudInitLabels, configDriveFiles, noCloudFiles } from './cloud-init.ts';
import { configLabel, writeConfigDisk } from './config-disk.ts';
import { findImage } from './container-disk.ts';
import { sideContainerRoot } from './hold.ts';
import type { ProcessView } from './hold.ts';
import { writeIso } from './iso.ts';
import { replaceLink } from './link.ts';
import { publicKeys } from './public-keys.ts';
import { createEmpty, createOverlay } from './qemu-img.ts';
import { diskBytes } from './quantity.ts';
import { tuned } from './tuning.ts';

export interface DiskWorld {
  paths: Paths;
  view: ProcessView;
  signal: AbortSignal;
}

interface Job {
  vmi: Vmi;
  volume: Volume;
  world: DiskWorld;
}

/** The image of one volume; undefined for a kind that is no disk. */
export async function prepareVolume(
  vmi: Vmi,
  volume: Volume,
  world: DiskWorld,
): Promise<VolumeImage | undefined> {
  if (isShared(vmi.spec, volume)) {
    const { awaitFilesystem } = await import('../virtiofs.ts');
    await awaitFilesystem(world.paths.virtiofsDir, volume.name, world);
    if (isOnlyShared(vmi.spec, volume)) return undefined;
  }
  const image = await imageOf({ vmi, volume, world });
  return image && tuned(image, diskOf(vmi, volume), outlivesGuest(volume));
}

const diskOf = ({ spec }: Vmi, { name }: Volume): Disk | undefined =>
  spec.domain.devices.disks?.find((disk) => disk.name === name);

const outlivesGuest = ({ persistentVolumeClaim, dataVolume, hostDisk }: Volume): boolean =>
  (persistentVolumeClaim ?? dataVolume ?? hostDisk) !== undefined;

async function imageOf(job: Job): Promise<VolumeImage | undefined> {
  const { containerDisk, emptyDisk, ephemeral, hostDisk, persistentVolumeClaim, dataVolume } = job.volume;
  if (containerDisk !== undefined) return containerImage(job, containerDisk.path);
  if (emptyDisk !== undefined) return emptyImage(job, emptyDisk.capacity);
  if (hostDisk !== undefined) return hostImage(job, hostDisk);
  if (ephemeral !== undefined) return overlayImage(job);
  if ((persistentVolumeClaim ?? dataVolume) !== undefined) return lastingImage(job);
  return filesImage(job);
}

async function containerImage(
  { volume: { name }, world }: Job,
  path: string | undefined,
): Promise<VolumeImage> {
  const { paths, view, signal } = world;
  const root = await sideContainerRoot(paths.containerDiskDir, name, { view, signal });
  const image = await findImage(root, name, path);
  const backing = { file: join(paths.diskDir, `${name}.base`), format: image.format };
  await replaceLink(backing.file, image.file);
  return overlayOn(name, backing, world);
}

/** A throw-away image in which is what the guest writes over another. */
async function overlayOn(
  name: string,
  backing: DiskImage,
  { paths, signal }: DiskWorld,
): Promise<VolumeImage> {
  const file = join(paths.ephemeralDir, `${name}.qcow2`);
  await createOverlay(file, backing, signal);
  return { file, format: 'qcow2', backing };
}

async function emptyImage({ volume: { name }, world }: Job, capacity: unknown): Promise<VolumeImage> {
  const file = join(world.paths.ephemeralDir, `${name}.qcow2`);
  await createEmpty(file, bytesOf(name, 'emptyDisk', capacity), world.signal);
  return { file, format: 'qcow2' };
}

function bytesOf(volume: string, source: string, capacity: unknown): number {
  if (typeof capacity === 'string') return diskBytes(capacity);
  throw new MonovirtError(
    'QuantityInvalid',
    `volume ${volume}: ${source}.capacity must be a quantity such as 2Gi`,
    'never',
  );
}

type HostDisk = NonNullable<Volume['hostDisk']>;

/** A file of the node; one that is made here belongs to us, and one that was there is left as it is. */
async function hostImage(
  { vmi, volume, world }: Job,
  { path, type, capacity }: HostDisk,
): Promise<VolumeImage> {
  const readonly = onlyRead(diskOf(vmi, volume));
  const size = type === 'DiskOrCreate' ? bytesOf(volume.name, 'hostDisk', capacity) : undefined;
  const folder = join(world.paths.claimDir, volume.name);
  const file = await folderImage(folder, { volume: volume.name, name: basename(path), readonly, size });
  return { file, format: 'raw', ...(readonly ? { readonly } : {}) };
}

const onlyRead = (disk: Disk | undefined): boolean =>
  disk?.cdrom !== undefined || (disk?.lun ?? disk?.disk)?.readonly === true;

async function overlayImage({ vmi, volume, world }: Job): Promise<VolumeImage> {
  const { file, format, block } = await claimImage(vmi, volume.name, { paths: world.paths, readonly: true });
  return overlayOn(volume.name, { file, format, ...(block === true ? { block } : {}) }, world);
}

async function lastingImage({ vmi, volume, world }: Job): Promise<VolumeImage> {
  const { name, persistentVolumeClaim } = volume;
  const readonly = persistentVolumeClaim?.readOnly === true || onlyRead(diskOf(vmi, volume));
  const image = await claimImage(vmi, name, { paths: world.paths, readonly });
  const info = claimInfo(vmi, name);
  if (!readonly && image.block !== true && info !== undefined) {
    const { growAtStart } = await import('./grow.ts');
    await growAtStart(join(world.paths.claimDir, name), { volume: name, info }, world.signal);
  }
  return image;
}

/** A disk of files, made anew each time: its objects may have changed since the last start. */
async function filesImage({ vmi, volume, world }: Job): Promise<VolumeImage | undefined> {
  const { paths, signal } = world;
  const folder = join(paths.configDir, volume.name);
  const file = join(paths.cloudInitDir, `${volume.name}.iso`);
  const { cloudInitNoCloud, cloudInitConfigDrive } = volume;
  if (cloudInitNoCloud !== undefined) {
    const keys = await publicKeys(vmi, 'noCloud', paths.keysDir);
    const files = await noCloudFiles(vmi, { source: cloudInitNoCloud, secretDir: folder, keys });
    await writeIso(file, files, { label: cloudInitLabels.noCloud, signal });
  } else if (cloudInitConfigDrive !== undefined) {
    const keys = await publicKeys(vmi, 'configDrive', paths.keysDir);
    const files = await configDriveFiles(vmi, { source: cloudInitConfigDrive, secretDir: folder, keys });
    await writeIso(file, files, { label: cloudInitLabels.configDrive, signal });
  } else if (configLabel(volume) === undefined) {
    return undefined;
  } else {
    await writeConfigDisk(volume, { folder, image: file, signal });
  }
  return { file, format: 'raw' };
}
