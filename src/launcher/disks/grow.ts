/** Lets disks become as large as their claims have. They never shrink. */
import { constants } from 'node:fs';
import { open, readFile, stat, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { claimOf } from '../../api/claim-of.ts';
import { diskKind, diskTargets } from '../../api/disks.ts';
import type { Disk, Vmi, Volume } from '../../api/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { claimImageName } from '../layout.ts';
import type { Paths } from '../paths.ts';
import { runTool } from '../tool.ts';
import { deviceNumber } from './block-sizes.ts';
import { claimInfo } from './claim-size.ts';
import type { ClaimInfo } from './claim-size.ts';
import { grownSize } from './grown-size.ts';

/** Tells QEMU that a disk has another size. @param target as `vda`. */
export type Resize = (target: string, bytes: number) => Promise<void>;

export interface GrowWorld {
  paths: Pick<Paths, 'blockDir' | 'claimDir'>;
  resize: Resize;
  log: Logger;
  /** Where devices are described by number. */
  sysDir?: string;
}

const sectorBytes = 512;

/**
 * Grows the disks of a running guest to what its VMI says of their claims. One that cannot grow stays as it is.
 * @returns whether one has grown.
 */
export async function growDisks(vmi: Vmi, world: GrowWorld): Promise<boolean> {
  let grown = false;
  for (const { disk, name: target } of diskTargets(vmi.spec.domain.devices.disks ?? [])) {
    const info = growing(vmi, disk);
    if (info === undefined) continue;
    try {
      const bytes = await wantedBytes(disk.name, info, world);
      if (bytes === undefined) continue;
      await world.resize(target, bytes);
      world.log.info('a disk has grown', { volume: disk.name, bytes });
      grown = true;
    } catch (error) {
      world.log.warn('a disk cannot grow', { volume: disk.name, error: messageOf(error) });
    }
  }
  return grown;
}

/** What lasts and is written to; a LUN is the guest's own business. */
function growing(vmi: Vmi, disk: Disk): ClaimInfo | undefined {
  const volume = vmi.spec.volumes?.find(({ name }) => name === disk.name);
  const written = volume !== undefined && isLasting(volume) && claimOf(volume)?.readOnly !== true;
  const growable = diskKind(disk) === 'disk' && disk.disk?.readonly !== true;
  return written && growable ? claimInfo(vmi, disk.name) : undefined;
}

const isLasting = ({ persistentVolumeClaim, dataVolume }: Volume): boolean =>
  (persistentVolumeClaim ?? dataVolume) !== undefined;

/** @returns undefined when it is as large already. */
function wantedBytes(volume: string, info: ClaimInfo, world: GrowWorld): Promise<number | undefined> {
  return info.volumeMode === 'Block' ? deviceBytes(volume, world) : fileGrowth(volume, info, world);
}

/** The kernel knows; QEMU does nothing when it knows it too. */
async function deviceBytes(volume: string, { paths, sysDir = '/sys/dev/block' }: GrowWorld): Promise<number> {
  const { rdev } = await stat(join(paths.blockDir, volume));
  const sectors = await readFile(join(sysDir, deviceNumber(rdev), 'size'), 'utf8');
  return Number(sectors.trim()) * sectorBytes;
}

async function fileGrowth(
  volume: string,
  info: ClaimInfo,
  { paths }: GrowWorld,
): Promise<number | undefined> {
  const folder = join(paths.claimDir, volume);
  await using file = await openImage(join(folder, claimImageName));
  return growthOf(file, folder, { volume, info });
}

const openImage = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);

async function growthOf(
  file: FileHandle,
  folder: string,
  { volume, info }: { volume: string; info: ClaimInfo },
): Promise<number | undefined> {
  const { size, blocks } = await file.stat();
  const { bavail, bsize } = await statfs(folder);
  const wanted = grownSize(volume, info, blocks * sectorBytes + bavail * bsize);
  return wanted > size ? wanted : undefined;
}

/**
 * Grows `disk.img` in a claim's folder before its guest starts. One that cannot grow is a disk all the same.
 * @param info of a claim that is written to.
 */
export async function growAtStart(
  folder: string,
  volume: { volume: string; info: ClaimInfo },
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, claimImageName);
  try {
    await using file = await openImage(path);
    const bytes = await growthOf(file, folder, volume);
    if (bytes === undefined) return;
    if (volume.info.preallocated !== true) return await file.truncate(bytes);
    const options = ['-q', '-f', 'raw', '--preallocation=falloc'];
    await runTool('qemu-img', ['resize', ...options, path, String(bytes)], { signal });
  } catch {
    // It is looked at again while the guest runs, and what is wrong then goes to the log.
  }
}
