/** How QEMU best reads and writes an image: past the host's cache, with native I/O, in blocks of its own size. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Disk } from '../../api/types.ts';
import type { VolumeImage } from '../../libvirt/context.ts';
import { MonovirtError } from '../../support/errors.ts';
import { blockSizesOf } from './block-sizes.ts';
import { isPreallocated } from './claim.ts';

/**
 * Settles what the disk leaves open.
 * @param lasting its data outlives the guest: then the host's cache, which a crash would lose, is passed by or
 *   written through. What is thrown away with the guest may stay in it.
 * @throws MonovirtError `CacheModeUnsupported` when the disk asks for direct I/O and its storage has none.
 */
export async function tuned(
  image: VolumeImage,
  disk: Disk | undefined,
  lasting: boolean,
): Promise<VolumeImage> {
  if (disk === undefined || disk.cdrom !== undefined) return image;
  const cache = await cacheOf(image, disk, lasting);
  const native = cache === 'none' && !disk.io && (await takesNative(image));
  const { matchVolume } = disk.blockSize ?? {};
  return {
    ...image,
    ...(cache === undefined ? {} : { cache }),
    ...(native ? { io: 'native' } : {}),
    ...(matchVolume === undefined || matchVolume.enabled === false
      ? {}
      : { blockSizes: await blockSizesOf(image) }),
  };
}

async function cacheOf(image: VolumeImage, disk: Disk, lasting: boolean): Promise<VolumeImage['cache']> {
  if (disk.cache && disk.cache !== 'none') return disk.cache as VolumeImage['cache'];
  const demanded = disk.cache === 'none' || disk.shareable === true || disk.io === 'native';
  if (!demanded && !lasting) return undefined;
  const direct = await allDirect(image);
  if (direct) return 'none';
  if (!demanded) return 'writethrough';
  throw new MonovirtError(
    'CacheModeUnsupported',
    `disk ${disk.name}: the file system of ${image.file} has no direct I/O, which cache none, io native and shareable need; set cache writethrough and io threads, or use other storage`,
    'never',
  );
}

async function allDirect({ file, backing }: VolumeImage): Promise<boolean> {
  return (await isDirect(file)) && (backing === undefined || (await isDirect(backing.file)));
}

/** Whether a file can be read past the host's cache. One that cannot be read at all fails elsewhere. */
async function isDirect(file: string): Promise<boolean> {
  try {
    const flags = constants.O_RDONLY | constants.O_DIRECT | constants.O_NONBLOCK;
    await (await open(file, flags)).close();
    return true;
  } catch {
    return false;
  }
}

/** Native I/O waits for every new block of a file; where none are made it is the faster one. */
async function takesNative({ file, block, format, backing }: VolumeImage): Promise<boolean> {
  if (block === true) return true;
  return format === 'raw' && backing === undefined && (await isPreallocated(file));
}
