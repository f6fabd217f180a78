/** Disks on claims and on folders of the node: a block device, or an image in a folder that others may write to. */
import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vmi } from '../../api/types.ts';
import type { VolumeImage } from '../../libvirt/context.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { claimImageName } from '../layout.ts';
import type { Paths } from '../paths.ts';
import { claimInfo, claimSize } from './claim-size.ts';
import { roomIn } from './room.ts';
import { childPath, openFolder } from './safe-path.ts';

type Places = Pick<Paths, 'blockDir' | 'claimDir'>;

/**
 * The disk of a claim: its device, or `disk.img` in its file system, which is made when it is not there. Always
 * raw: what a guest wrote to its first sector must not decide how its disk is read.
 * @param readonly nothing is made or written.
 * @throws MonovirtError `VolumeNotUsable` naming the volume, what is wrong and what to do.
 */
export async function claimImage(
  vmi: Vmi,
  volume: string,
  { paths, readonly }: { paths: Places; readonly: boolean },
): Promise<VolumeImage> {
  const info = claimInfo(vmi, volume);
  const marks: Pick<VolumeImage, 'readonly' | 'preallocated'> = {
    ...(readonly ? { readonly } : {}),
    ...(info?.preallocated === true ? { preallocated: true } : {}),
  };
  const device = join(paths.blockDir, volume);
  if (await isBlockDevice(device)) {
    await (await opened(volume, device, readonly)).close();
    return { file: device, format: 'raw', block: true, ...marks };
  }
  const size = readonly || info === undefined ? undefined : claimSize(volume, info);
  const file = await folderImage(join(paths.claimDir, volume), {
    volume,
    name: claimImageName,
    readonly,
    size,
  });
  return { file, format: 'raw', ...marks };
}

export interface FolderImage {
  volume: string;
  /** Of the file in the folder. */
  name: string;
  readonly: boolean;
  /** Bytes of the file to make when there is none; without it there has to be one. */
  size: number | undefined;
}

/**
 * Makes sure of a disk's file in `folder`. Nothing that exists is changed, but for an empty file, which is what a
 * launcher leaves that ends while it makes one. @returns its path.
 */
export async function folderImage(folder: string, image: FolderImage): Promise<string> {
  const { volume, name, readonly, size } = image;
  const handle = await openFolder(folder, []).catch((error: unknown) => {
    throw unusable(volume, `its folder ${folder} cannot be entered: ${messageOf(error)}`, error);
  });
  try {
    const file = await openedImage(childPath(handle, name), image);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw unusable(volume, `${name} is not a regular file; name the file of a disk`);
      if (found.size === 0 && (readonly || size === undefined)) {
        throw unusable(volume, `${name} is empty; write a raw disk image to it, or remove it`);
      }
      if (found.size === 0) await file.truncate(await roomIn(folder, volume, size ?? 0));
    } finally {
      await file.close();
    }
  } finally {
    await handle.close();
  }
  return join(folder, name);
}

async function openedImage(path: string, { volume, name, readonly, size }: FolderImage): Promise<FileHandle> {
  const create = !readonly && size !== undefined;
  try {
    return await open(path, flagsOf(readonly) | (create ? constants.O_CREAT : 0), 0o660);
  } catch (error) {
    throw unusable(volume, `${name}: ${remedyOf(error, create)}`, error);
  }
}

async function opened(volume: string, path: string, readonly: boolean): Promise<FileHandle> {
  try {
    return await open(path, flagsOf(readonly));
  } catch (error) {
    throw unusable(volume, `its block device cannot be opened: ${deviceRemedy(error)}`, error);
  }
}

const flagsOf = (readonly: boolean): number =>
  (readonly ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; write a raw disk image to it',
  ELOOP: 'it is a symbolic link, which is not followed; put the image itself there',
  EISDIR: 'it is a folder; name the file of a disk',
  EROFS: 'its file system is read-only; mount the claim writable, or set readOnly on the volume',
  ENOSPC: 'its file system is full; make room, or use a larger claim',
  EACCES:
    'user 107 may not read and write it; use storage that takes fsGroup, or give the file and its folder to user 107',
};

function remedyOf(error: unknown, create: boolean): string {
  const code = codeOf(error) === 'EPERM' ? 'EACCES' : codeOf(error);
  const what = code === 'EACCES' && create ? 'it can neither be opened nor made: ' : '';
  return `${what}${remedies[code] ?? messageOf(error)}`;
}

function deviceRemedy(error: unknown): string {
  const code = codeOf(error);
  if (code !== 'EACCES' && code !== 'EPERM') return messageOf(error);
  return 'neither the container runtime nor the node agent has given it to user 107; see the log of the node agent';
}

async function isBlockDevice(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isBlockDevice(),
    () => false,
  );
}

/** Whether a raw image has all its blocks: writing to it never looks for new ones. */
export async function isPreallocated(file: string): Promise<boolean> {
  const { blocks, size } = await stat(file);
  return blocks * 512 >= size;
}

export function unusable(volume: string, why: string, cause?: unknown): MonovirtError {
  const options = cause === undefined ? undefined : { cause };
  return new MonovirtError('VolumeNotUsable', `volume ${volume}: ${why}`, 'never', options);
}
