/** Small file habits: whole writes, and files that may be missing. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** @returns null when there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes a file that readers see either not at all or complete; makes its folder. */
export async function writeFileAtomic(path: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, path);
}

/**
 * Writes only what differs.
 * @returns whether the file changed.
 */
export async function writeIfDifferent(path: string, content: string, mode = 0o644): Promise<boolean> {
  if ((await readIfThere(path)) === content) return false;
  await writeFileAtomic(path, content, mode);
  return true;
}
