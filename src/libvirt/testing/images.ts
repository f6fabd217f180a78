/** The image a launcher would make of a volume, on storage without direct I/O. */
import { isBlock } from '../../controllers/vmi/claims/volume-status.ts';
import type { Vmi, Volume } from '../../api/types.ts';
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

function lasting(vmi: Vmi, { name, persistentVolumeClaim }: Volume, folder: string): VolumeImage {
  const image = claimImage(vmi, name, folder);
  const disk = vmi.spec.domain.devices.disks?.find((candidate) => candidate.name === name);
  const info = vmi.status?.volumeStatus?.find((status) => status.name === name)?.persistentVolumeClaimInfo;
  const { matchVolume } = disk?.blockSize ?? {};
  const blockSizes =
    image.block === true
      ? { logical: 512, physical: 4096, discardGranularity: 0 }
      : { logical: 4096, physical: 4096, discardGranularity: 4096 };
  return {
    ...image,
    ...(disk?.cdrom === undefined ? modes(image) : {}),
    ...(persistentVolumeClaim?.readOnly === true || disk?.cdrom !== undefined ? { readonly: true } : {}),
    ...(info?.preallocated === true ? { preallocated: true } : {}),
    ...(matchVolume === undefined || matchVolume.enabled === false ? {} : { blockSizes }),
  };
}

const modes = ({ block }: DiskImage): Pick<VolumeImage, 'cache' | 'io'> =>
  block === true ? { cache: 'none', io: 'native' } : { cache: 'writethrough' };
