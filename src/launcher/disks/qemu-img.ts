/** Making images with qemu-img. */
import { rename, rm } from 'node:fs/promises';
import type { DiskImage } from '../../libvirt/context.ts';
import { exists } from '../../support/files.ts';
import { runTool } from '../tool.ts';

/** Makes a qcow2 overlay on `backing` at `file`; one that exists is kept, for it holds what a guest wrote. */
export function createOverlay(file: string, backing: DiskImage, signal: AbortSignal): Promise<void> {
  return createOnce(file, ['-b', backing.file, '-F', backing.format], signal);
}

/** Makes an empty qcow2 disk of `bytes` at `file`, unless it exists. */
export function createEmpty(file: string, bytes: number, signal: AbortSignal): Promise<void> {
  return createOnce(file, [], signal, String(bytes));
}

/** Written under another name first, so that a launcher killed in between leaves no half image. */
async function createOnce(
  file: string,
  options: string[],
  signal: AbortSignal,
  size?: string,
): Promise<void> {
  if (await exists(file)) return;
  const partial = `${file}.partial`;
  await rm(partial, { force: true });
  const sizes = size === undefined ? [] : [size];
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, partial, ...sizes], { signal });
  await rename(partial, file);
}
