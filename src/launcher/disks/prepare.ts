/** Everything a domain's disks need, made ready: volume name → image. */
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vmi, Volume } from '../../api/types.ts';
import type { DomainContext, VolumeImage } from '../../libvirt/context.ts';
import { MonovirtError } from '../../support/errors.ts';
import { kernelBootVolumeName } from '../layout.ts';
import type { Paths } from '../paths.ts';
import { noCloudFiles, writeImage } from './cloud-init.ts';
import { findFile, findImage } from './container-disk.ts';
import type { ProcessView } from './hold.ts';
import { sideContainerRoot } from './hold.ts';
import { createEmpty, createOverlay } from './qemu-img.ts';
import { diskBytes } from './quantity.ts';

export interface DiskWorld {
  paths: Paths;
  view: ProcessView;
  signal: AbortSignal;
}

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

/** The image of one volume; undefined for a kind that is no disk. */
async function prepareVolume(vmi: Vmi, volume: Volume, world: DiskWorld): Promise<VolumeImage | undefined> {
  if (volume.containerDisk !== undefined) return containerDisk(volume.name, volume.containerDisk.path, world);
  if (volume.emptyDisk !== undefined) return emptyDisk(volume.name, volume.emptyDisk.capacity, world);
  if (volume.cloudInitNoCloud === undefined) return undefined;
  const file = join(world.paths.cloudInitDir, `${volume.name}.iso`);
  const files = await noCloudFiles(vmi, volume.cloudInitNoCloud, join(world.paths.configDir, volume.name));
  await writeImage(file, files, world.signal);
  return { file, format: 'raw' };
}

async function containerDisk(name: string, path: string | undefined, world: DiskWorld): Promise<VolumeImage> {
  const { paths, view, signal } = world;
  const root = await sideContainerRoot(paths.containerDiskDir, name, { view, signal });
  const image = await findImage(root, name, path);
  const backing = { file: join(paths.diskDir, `${name}.base`), format: image.format };
  await replaceLink(backing.file, image.file);
  const file = join(paths.ephemeralDir, `${name}.qcow2`);
  await createOverlay(file, backing, signal);
  return { file, format: 'qcow2', backing };
}

async function emptyDisk(name: string, capacity: unknown, world: DiskWorld): Promise<VolumeImage> {
  if (typeof capacity !== 'string') {
    throw new MonovirtError(
      'QuantityInvalid',
      `volume ${name}: emptyDisk.capacity must be a quantity such as 2Gi`,
      'never',
    );
  }
  const file = join(world.paths.ephemeralDir, `${name}.qcow2`);
  await createEmpty(file, diskBytes(capacity), world.signal);
  return { file, format: 'qcow2' };
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

/** Points a stable name at what has another path in every pod; whole at every moment. */
async function replaceLink(link: string, target: string): Promise<void> {
  const partial = `${link}.partial`;
  await rm(partial, { force: true });
  await symlink(target, partial);
  await rename(partial, link);
}
