/** Disks of files: ISO 9660 images with the names of Joliet and Rock Ridge. */
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { runTool } from '../tool.ts';

/** Content by path; folders on the way are made. */
export type IsoFiles = Record<string, string | Buffer>;

export interface IsoOptions {
  /** What the guest finds the disk by; 32 characters at most. */
  label: string;
  /** Every user of the guest may read the files; else the owner alone. */
  readableByAll?: boolean;
  signal: AbortSignal;
}

/**
 * Writes `files` into an image, readable by its owner alone, replacing an old one whole.
 * @throws MonovirtError `IsoFailed`
 */
export async function writeIso(image: string, files: IsoFiles, options: IsoOptions): Promise<void> {
  const folder = `${image}.files`;
  const partial = `${image}.partial`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    for (const [name, data] of Object.entries(files)) {
      const file = join(folder, name);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, data, { mode: 0o600 });
    }
    const rockRidge = options.readableByAll === true ? '-rational-rock' : '-rock';
    const args = [
      '-quiet',
      '-output',
      partial,
      '-volid',
      options.label,
      '-joliet',
      '-joliet-long',
      rockRidge,
    ];
    await runTool('genisoimage', [...args, folder], { signal: options.signal, timeoutMs: 10_000 });
    await chmod(partial, 0o600);
    await rename(partial, image);
  } catch (error) {
    throw new MonovirtError('IsoFailed', `cannot make the image ${image}: ${messageOf(error)}`, 'backoff', {
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
