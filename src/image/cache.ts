/** What is built once and kept: keys of contents, and one builder at a time. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A short key of all parts; the same parts in the same order give the same key. */
export function keyOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part);
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Key of files and directories by relative path and contents. */
export async function keyOfFiles(
  root: string,
  paths: readonly string[],
  extra: readonly string[],
): Promise<string> {
  const files = (await Promise.all(paths.map((path) => filesUnder(join(root, path))))).flat().toSorted();
  const parts = await Promise.all(files.map(async (file) => [relative(root, file), await readFile(file)]));
  return keyOf([...extra, ...parts.flat()]);
}

async function filesUnder(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path];
    throw error;
  }
}
