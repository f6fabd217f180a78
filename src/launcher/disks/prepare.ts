/** Everything a domain's disks need, made ready: volume name → image. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vmi } from '../../api/types.ts';
import type { DomainContext, VolumeImage } from '../../libvirt/context.ts';
import { kernelBootVolumeName } from '../layout.ts';
import { findFile } from './container-disk.ts';
import { sideContainerRoot } from './hold.ts';
import { replaceLink } from './link.ts';
import { prepareVolume } from './volume.ts';
import type { DiskWorld } from './volume.ts';

export type PreparedDisks = Pick<DomainContext, 'disks' | 'kernel'>;

/**
 * Makes the image of every volume and the boot files, all at the same time. Idempotent: what exists is kept.
 * Waits for side containers that are not up yet.
 */
export async function prepareDisks(vmi: Vmi, world: DiskWorld): Promise<PreparedDisks> {
  const { paths } = world;
  for (const folder of [paths.diskDir, paths.cloudInitDir, paths.ephemeralDir]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const volumes = vmi.spec.volumes ?? [];
  const [images, kernel] = await together(world.signal, (signal) => {
    const until = { ...world, signal };
    return [
      together(signal, (each) =>
        volumes.map((volume) => prepareVolume(vmi, volume, { ...until, signal: each })),
      ),
      prepareKernel(vmi, until),
    ] as const;
  });
  const named = volumes.map((volume, index) => [volume.name, images[index]] as const);
  const disks = Object.fromEntries(
    named.filter((entry): entry is [string, VolumeImage] => entry[1] !== undefined),
  );
  return kernel === undefined ? { disks } : { disks, kernel };
}

/**
 * Waits for all jobs. The first to fail aborts the others' signal, and is thrown when they too have ended: the
 * next attempt must find nobody still at work.
 */
async function together<T extends readonly Promise<unknown>[]>(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const failed = new AbortController();
  const jobs = begin(AbortSignal.any([signal, failed.signal]));
  const all = Promise.all(jobs);
  await all.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(jobs);
  return all;
}

async function prepareKernel(vmi: Vmi, { paths, view, signal }: DiskWorld): Promise<DomainContext['kernel']> {
  const container = vmi.spec.domain.firmware?.kernelBoot?.container;
  if (container === undefined) return undefined;
  const root = await sideContainerRoot(paths.containerDiskDir, kernelBootVolumeName, { view, signal });
  const linked = async (kind: string, path: string): Promise<string> => {
    const link = join(paths.diskDir, `${kernelBootVolumeName}.${kind}`);
    await replaceLink(link, await findFile(root, kernelBootVolumeName, path));
    return link;
  };
  return {
    ...(container.kernelPath === undefined ? {} : { kernel: await linked('kernel', container.kernelPath) }),
    ...(container.initrdPath === undefined ? {} : { initrd: await linked('initrd', container.initrdPath) }),
  };
}
