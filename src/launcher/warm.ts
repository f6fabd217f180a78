/** Probes QEMU once for a node, so that no launcher on it has to. */
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenHypervisor } from '../libvirt/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { capabilitiesDir } from './capabilities.ts';
import { Libvirtd } from './libvirtd.ts';
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
    await probe(new Libvirtd({ paths, log }), open, signal);
    const learned = await publish(capabilitiesDir(paths.cacheHome), outDir);
    if (learned.length > 0) return learned;
    throw new MonovirtError(
      'CapabilitiesUnknown',
      `libvirtd left no capabilities of QEMU in ${paths.cacheHome}`,
    );
  } finally {
    await rm(privateDir, { recursive: true, force: true });
  }
}

/** Asking for QEMU's version makes libvirt probe every QEMU there is. */
async function probe(libvirtd: Libvirtd, open: OpenHypervisor, signal: AbortSignal): Promise<void> {
  await using running = libvirtd;
  running.start();
  const failed = running.failed.then((error) => Promise.reject(error));
  await Promise.race([running.ready(signal), failed]);
  await using hypervisor = await open({ uri: running.uri });
  await hypervisor.versions();
}

async function publish(from: string, to: string): Promise<string[]> {
  const names = (await readdir(from).catch(() => [])).filter((name) => name.endsWith('.xml'));
  for (const name of names) {
    const partial = join(to, `.${name}`);
    await copyFile(join(from, name), partial);
    await chmod(partial, 0o644);
    await rename(partial, join(to, name));
  }
  return names;
}
