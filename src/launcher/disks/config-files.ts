/** Reading the files of a mounted Secret, ConfigMap or projection of fields. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { MonovirtError } from '../../support/errors.ts';
import { openRegular } from './safe-path.ts';

/**
 * Reads `name` in the mounted volume `folder`. The kubelet makes such files symbolic links into a dated folder
 * beside them, so links are followed, but only to regular files inside the volume.
 * @returns undefined when there is no such file.
 * @throws MonovirtError `ConfigFileInvalid` when it leads elsewhere or is longer than `maxBytes`.
 */
export async function readBounded(
  folder: string,
  name: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const target = await realpath(join(folder, name)).catch(absent);
  if (target === undefined) return undefined;
  if (!target.startsWith((await realpath(folder)) + sep))
    throw invalid(folder, name, 'leads out of its volume');
  const file = await openRegular(target);
  try {
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, null)).bytesRead;
    }
    if (length > maxBytes) throw invalid(folder, name, `is longer than ${maxBytes} bytes`);
    return Buffer.from(buffer.subarray(0, length));
  } finally {
    await file.close();
  }
}

/** A ConfigMap or Secret holds 1 MiB at most; a folder deeper than this is none of the kubelet's. */
const mostInAll = 2 * 1024 * 1024;
const deepest = 8;

/**
 * Reads all files of the mounted volume `folder` by their paths in it; what the kubelet keeps beside them is
 * left out. Empty for a source that was optional and is not there.
 * @throws MonovirtError `ConfigFileInvalid`
 */
export async function readAll(folder: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  let left = mostInAll;
  const walk = async (inside: string, depth: number): Promise<void> => {
    if (depth > deepest) throw invalid(folder, inside, 'is too deep');
    for (const name of (await readdir(join(folder, inside))).filter((entry) => !entry.startsWith('..'))) {
      const path = join(inside, name);
      if ((await stat(join(folder, path))).isDirectory()) {
        await walk(path, depth + 1);
        continue;
      }
      const data = await readBounded(folder, path, left);
      if (data === undefined) continue;
      left -= data.length;
      files[path] = data;
    }
  };
  await walk('', 0);
  return files;
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

const invalid = (folder: string, name: string, why: string): MonovirtError =>
  new MonovirtError('ConfigFileInvalid', `${join(folder, name)} ${why}`, 'never');
