/** The image a launcher would make of a volume, on storage without direct I/O. */
import { isBlock } from '../../controllers/vmi/claims/volume-status.ts';
import type { Disk, Vmi, Volume } from '../../api/types.ts';
import { claimInfo } from '../../launcher/disks/claim-size.ts';
import type { DiskImage, VolumeImage } from '../context.ts';

/** @param folder where files are said to be. */
export function imageOf(vmi: Vmi, volume: Volume, folder: string): VolumeImage {
  const { name, containerDisk, emptyDisk, ephemeral, hostDisk } = volume;
  const overlay = { file: `${folder}/${name}.qcow2`, format: 'qcow2' } as const;
  if (containerDisk !== undefined) {
    return { ...overlay, backing: { file: `${folder}/${name}.base`, format: 'raw' } };
  }
  if (emptyDisk !== undefined) return overlay;
  if (ephemeral !== undefined) return { ...overlay, backing: claimImage(vmi, name, folder) };
  if (hostDisk !== undefined) return { file: `${folder}/${name}.img`, format: 'raw', cache: 'writethrough' };
  if ((volume.persistentVolumeClaim ?? volume.dataVolume) !== undefined) return lasting(vmi, volume, folder);
  return { file: `${folder}/${name}.iso`, format: 'raw' };
}

function claimImage(vmi: Vmi, name: string, folder: string): DiskImage {
  if (isBlock(vmi, name)) return { file: `/dev/volumes/${name}`, format: 'raw', block: true };
  return { file: `${folder}/${name}.img`, format: 'raw' };
}

function lasting(vmi: Vmi, volume: Volume, folder: string): VolumeImage {
  const image = claimImage(vmi, volume.name, folder);
  const disk = diskOf(vmi, volume.name);
  const readonly = volume.persistentVolumeClaim?.readOnly === true || disk?.cdrom !== undefined;
  return {
    ...image,
    ...modes(image, disk),
    ...(readonly ? { readonly } : {}),
    ...(claimInfo(vmi, volume.name)?.preallocated === true ? { preallocated: true } : {}),
    ...blockSizes(image, disk),
  };
}

const diskOf = ({ spec }: Vmi, volume: string): Disk | undefined =>
  spec.domain.devices.disks?.find(({ name }) => name === volume);

function modes({ block }: DiskImage, disk: Disk | undefined): Pick<VolumeImage, 'cache' | 'io'> {
  if (disk?.cdrom !== undefined) return {};
  return block === true ? { cache: 'none', io: 'native' } : { cache: 'writethrough' };
}

function blockSizes({ block }: DiskImage, disk: Disk | undefined): Pick<VolumeImage, 'blockSizes'> {
  const { matchVolume } = disk?.blockSize ?? {};
  if (matchVolume === undefined || matchVolume.enabled === false) return {};
  const logical = block === true ? 512 : 4096;
  return { blockSizes: { logical, physical: 4096, discardGranularity: block === true ? 0 : 4096 } };
}
