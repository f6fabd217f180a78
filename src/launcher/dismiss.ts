/** Lets a pod end whose guest has: containers that only wait would hold it up until somebody deletes it, logs and all. */
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { sideContainerProcess } from './disks/hold.ts';
import type { ProcessView } from './disks/hold.ts';

/** How long one may take to be found, in milliseconds. */
const findMs = 1_000;

/**
 * Asks the helper of every side container to end. One that cannot be proved to be a helper is left alone.
 * @param folder of their pid files.
 */
export async function dismissSideContainers(folder: string, view: ProcessView): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => dismiss(folder, name, view)));
}

async function dismiss(folder: string, name: string, view: ProcessView): Promise<void> {
  try {
    const signal = AbortSignal.timeout(findMs);
    const found = await sideContainerProcess(folder, name, { view, signal });
    process.kill(Number(basename(found)), 'SIGTERM');
  } catch {
    // Gone already, or none of ours.
  }
}
