/** Walking a tree that somebody else owns without ever following a link out of it. */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import { oPath } from '../../support/open-flags.ts';
/** Splits a path of an image into components. @returns undefined when it tries to climb or is empty. */
export function componentsOf(path: string): string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') || path.includes('\0') ? undefined : parts;
}

/**
 * Opens the folder `components` below `root`, each component without following a symlink.
 * The caller closes the handle, and reaches into it by `childPath`.
 */
export async function openFolder(root: string, components: readonly string[]): Promise<FileHandle> {
  const flags = oPath | constants.O_DIRECTORY;
  let folder = await open(root, flags);
  for (const component of components) {
    const parent = folder;
    try {
      folder = await open(childPath(parent, component), flags | constants.O_NOFOLLOW);
    } finally {
      await parent.close();
    }
  }
  return folder;
}

/** A name that the kernel resolves in an open folder, whatever has become of the path it was opened by. */
export function childPath(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** Opens a regular file for reading, neither following a link nor hanging on a pipe. */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw Object.assign(new Error('it is not a regular file'), { code: 'ENOTREG' });
}

/** Names in an open folder. */
export function namesIn(folder: FileHandle): Promise<string[]> {
  return readdir(childPath(folder, '.'));
}
