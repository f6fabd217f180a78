/** Probes QEMU once for a node, so that no launcher on it has to. */
import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OpenHypervisor } from '../libvirt/types.ts';
import { messageOf, MonovirtError } from '../support/errors.ts';
import { exists } from '../support/files.ts';
import type { Logger } from '../support/log.ts';
import { capabilitiesDir } from './capabilities.ts';
import { guestFeaturesFile } from './layout.ts';
import type { Accelerator } from './layout.ts';
import { Libvirtd } from './libvirtd.ts';
import { readGuestFeatures } from './node-features.ts';
import { pathsIn, podFolders } from './paths.ts';

export interface WarmOptions {
  /** Where the result goes. */
  outDir: string;
  open: OpenHypervisor;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Runs a libvirtd in a folder of its own below `outDir` until it has probed QEMU, and leaves what it learned in
 * `outDir`, each file complete at every moment. Takes a few seconds; does not work as root, whose libvirtd is another one.
 * @returns the names of the files.
 * @throws MonovirtError `CapabilitiesUnknown` when libvirt learned nothing.
 */
export async function warmCapabilities({ outDir, open, log, signal }: WarmOptions): Promise<string[]> {
  await mkdir(outDir, { recursive: true });
  const privateDir = await mkdtemp(join(outDir, '.w'));
  try {
    const paths = pathsIn({ ...podFolders, privateDir });
    const features = join(privateDir, guestFeaturesFile);
    await probe(new Libvirtd({ paths, log }), { outDir: privateDir, open, log, signal });
    const learned = await publish(capabilitiesDir(paths.cacheHome), outDir);
    if (await exists(features)) await copyWhole(features, outDir);
    if (learned.length > 0) return learned;
    throw new MonovirtError(
      'CapabilitiesUnknown',
      `libvirtd left no capabilities of QEMU in ${paths.cacheHome}`,
    );
  } finally {
    await rm(privateDir, { recursive: true, force: true });
  }
}

/** Asking for QEMU's version makes libvirt probe every QEMU there is. What guests can have is good to know, no more. */
async function probe(libvirtd: Libvirtd, { outDir, open, log, signal }: WarmOptions): Promise<void> {
  await using running = libvirtd;
  running.start();
  const failed = running.failed.then((error) => Promise.reject(error));
  await Promise.race([running.ready(signal), failed]);
  await using hypervisor = await open({ uri: running.uri });
  await hypervisor.versions();
  try {
    const accelerator = await usable();
    const features = await readGuestFeatures({ uri: running.uri, accelerator, workDir: outDir }, signal);
    await writeFile(join(outDir, guestFeaturesFile), JSON.stringify(features));
  } catch (error) {
    log.warn('nobody knows what guests can have on this node', { error: messageOf(error) });
  }
}

/** What guests would run with, of what this process may use. */
async function usable(): Promise<Accelerator> {
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => 'kvm',
    () => 'tcg',
  );
}

async function publish(from: string, to: string): Promise<string[]> {
  const names = (await readdir(from).catch(() => [])).filter((name) => name.endsWith('.xml'));
  for (const name of names) await copyWhole(join(from, name), to);
  return names;
}

async function copyWhole(file: string, to: string): Promise<void> {
  const partial = join(to, `.${basename(file)}`);
  await copyFile(file, partial);
  await chmod(partial, 0o644);
  await rename(partial, join(to, basename(file)));
}
