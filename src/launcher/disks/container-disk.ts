/** Container disks: an image inside a side container, with a throw-away overlay on top. */
import { join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import type { DiskImage } from '../../libvirt/context.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { inspectedBytes, inspectImage } from './format.ts';
import { childPath, componentsOf, namesIn, openFolder, openRegular } from './safe-path.ts';

/** Where an image is by convention when the volume names no path. */
const defaultFolder = 'disk';

/**
 * Finds the image of a container disk below `root`.
 * @param path `containerDisk.path`; without one, the only file in `/disk`.
 * @throws MonovirtError `ContainerDiskInvalid` naming the volume, what is wrong and what to do.
 */
export async function findImage(root: string, volume: string, path?: string): Promise<DiskImage> {
  const components = path === undefined || path === '' ? [defaultFolder] : componentsOf(path);
  if (components === undefined)
    throw invalid(volume, `path ${JSON.stringify(path)} must name a file without "..".`);
  try {
    const inside = path === undefined || path === '' ? await onlyFile(root, components) : components;
    const format = await openAt(root, inside, inspect);
    return { file: join(root, ...inside), format };
  } catch (error) {
    throw explain(volume, path ?? `/${defaultFolder}`, error);
  }
}

/** Makes sure that a plain file, as a kernel, is there and readable. @returns its path through the process. */
export async function findFile(root: string, volume: string, path: string): Promise<string> {
  const components = componentsOf(path);
  if (components === undefined)
    throw invalid(volume, `path ${JSON.stringify(path)} must name a file without "..".`);
  try {
    await openAt(root, components, async (file) => file.stat());
    return join(root, ...components);
  } catch (error) {
    throw explain(volume, path, error);
  }
}

async function onlyFile(root: string, folderPath: readonly string[]): Promise<string[]> {
  const folder = await openFolder(root, folderPath);
  try {
    const names = await namesIn(folder);
    const [name] = names;
    if (name !== undefined && names.length === 1) return [...folderPath, name];
    const found = names.length === 0 ? 'is empty' : `holds ${names.length} files`;
    throw new MonovirtError(
      'ImageInvalid',
      `the folder /${defaultFolder} of the image ${found}: put exactly one disk there or set containerDisk.path`,
      'never',
    );
  } finally {
    await folder.close();
  }
}

async function openAt<T>(
  root: string,
  components: readonly string[],
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const folder = await openFolder(root, components.slice(0, -1));
  try {
    const file = await openRegular(childPath(folder, components.at(-1) ?? ''));
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } finally {
    await folder.close();
  }
}

async function inspect(file: FileHandle): Promise<DiskImage['format']> {
  const head = Buffer.alloc(inspectedBytes);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return inspectImage(head.subarray(0, bytesRead), (await file.stat()).size).format;
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist in the image; check the path, or put exactly one disk into /disk',
  ENOTDIR: 'a component of it is no folder, or is a symbolic link, which is not followed',
  ELOOP: 'it is a symbolic link, which is not followed; name the file itself',
  ENOTREG: 'it is not a regular file',
  EACCES: 'user 107 may not read it; build the image with `COPY --chown=107:107` or `chown 107:107` the file',
  EPERM: 'user 107 may not read it; build the image with `COPY --chown=107:107` or `chown 107:107` the file',
};

function explain(volume: string, path: string, error: unknown): MonovirtError {
  if (error instanceof MonovirtError) return invalid(volume, messageOf(error), error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return invalid(volume, `${path}: ${remedies[code] ?? messageOf(error)}`, error);
}

function invalid(volume: string, why: string, cause?: unknown): MonovirtError {
  const options = cause === undefined || cause instanceof MonovirtError ? undefined : { cause };
  return new MonovirtError('ContainerDiskInvalid', `volume ${volume}: ${why}`, 'never', options);
}
