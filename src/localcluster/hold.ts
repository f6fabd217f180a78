/** The static helper that is pid 1 of nodes and of pod sandboxes: compiled once per source, and its image. */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { buildHelper } from '../image/executable.ts';
import { layerFromEntries, writeOciArchive } from '../image/oci.ts';
import { sandboxImage } from './node/files.ts';

export interface Hold {
  /** Folder that holds the program `hold`. */
  dir: string;
  /** OCI archive of the sandbox image. */
  archive: string;
}

/** The checkout. */
const root = join(import.meta.dirname, '..', '..');

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function makeArchive(program: string, dir: string, signal: AbortSignal): Promise<string> {
  const entries = [{ type: 'file' as const, path: 'hold', mode: 0o755, content: { file: program } }];
  const layer = await layerFromEntries(entries, join(dir, 'layer.tar'), 'none', signal);
  const config = { Entrypoint: ['/hold'], User: '65535:65535' };
  const archive = join(dir, 'pause.oci.tar');
  await writeOciArchive({ name: sandboxImage, layers: [layer], config }, archive, signal);
  return archive;
}

/** Compiles the helper and makes the sandbox image, unless this very source was compiled before. */
export async function ensureHold(cacheDir: string, signal: AbortSignal): Promise<Hold> {
  const hash = createHash('sha256');
  for (const name of ['hold.c', 'bare.h']) hash.update(await readFile(join(root, 'image', name)));
  const digest = hash.digest('hex').slice(0, 12);
  const dir = join(cacheDir, 'hold', digest);
  await mkdir(dir, { recursive: true });
  const program = join(dir, 'hold');
  if (!(await isThere(program)))
    await rename(await buildHelper('hold', { root, out: join(dir, 'draft') }, signal), program);
  const archive = join(dir, 'pause.oci.tar');
  if (!(await isThere(archive))) await makeArchive(program, dir, signal);
  return { dir, archive };
}
