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

/** Disks as QEMU has them open, by targets as `vda`; what is at their paths may be something else by now. */
export interface GuestDisks {
  /** @returns the size that the guest sees, in bytes. */
  bytes(target: string): Promise<number>;
  /** Gives a disk another size, be it a smaller one. */
  resize(target: string, bytes: number): Promise<void>;
}

export interface GrowWorld {
  paths: Pick<Paths, 'blockDir' | 'claimDir'>;
  disks: GuestDisks;
  log: Logger;
  /** Where devices are described by number. */
  sysDir?: string;
}

const sectorBytes = 512;

/**
 * Grows the disks of a running guest to what its VMI says of their claims. One that cannot grow stays as it is.
 * @returns the volumes whose disks have grown.
 */
export async function growDisks(vmi: Vmi, world: GrowWorld): Promise<readonly string[]> {
  const grown: string[] = [];
  for (const { disk, name: target } of diskTargets(vmi.spec.domain.devices.disks ?? [])) {
    const info = growing(vmi, disk);
    if (info === undefined) continue;
    try {
      const bytes = await wantedBytes(disk.name, info, world);
      if (bytes === undefined || bytes <= (await world.disks.bytes(target))) continue;
      await world.disks.resize(target, bytes);
      world.log.info('a disk has grown', { volume: disk.name, bytes });
      grown.push(disk.name);
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

/** @returns undefined when the claim has no more. */
function wantedBytes(volume: string, info: ClaimInfo, world: GrowWorld): Promise<number | undefined> {
  return info.volumeMode === 'Block' ? deviceBytes(volume, world) : fileBytes(volume, info, world);
}

/** The kernel knows. */
async function deviceBytes(volume: string, { paths, sysDir = '/sys/dev/block' }: GrowWorld): Promise<number> {
  const { rdev } = await stat(join(paths.blockDir, volume));
  const sectors = await readFile(join(sysDir, deviceNumber(rdev), 'size'), 'utf8');
  return Number(sectors.trim()) * sectorBytes;
}

/** A file that is as large already may have been made so by another pod, without QEMU's knowing. */
async function fileBytes(volume: string, info: ClaimInfo, { paths }: GrowWorld): Promise<number | undefined> {
  const folder = join(paths.claimDir, volume);
  await using file = await openImage(join(folder, claimImageName));
  const { wanted, size } = await sizesOf(file, folder, { volume, info });
  return wanted < size ? undefined : wanted;
}

const openImage = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);

/** @returns the bytes it may have and has. */
async function sizesOf(
  file: FileHandle,
  folder: string,
  { volume, info }: { volume: string; info: ClaimInfo },
): Promise<{ wanted: number; size: number }> {
  const { size, blocks } = await file.stat();
  const { bavail, bsize } = await statfs(folder);
  return { wanted: grownSize(volume, info, blocks * sectorBytes + bavail * bsize), size };
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
    const { wanted, size } = await sizesOf(file, folder, volume);
    if (wanted <= size) return;
    if (volume.info.preallocated !== true) return await file.truncate(wanted);
    const options = ['-q', '-f', 'raw', '--preallocation=falloc'];
    await runTool('qemu-img', ['resize', ...options, path, String(wanted)], { signal });
  } catch {
    // It is looked at again while the guest runs, and what is wrong then goes to the log.
  }
}
