/**
 * libvirt's knowledge of QEMU. Probing costs more than a second of every VM's start, and is the same for every pod of
 * an image on a node; so the node agent probes once and launchers start from its result. libvirt itself checks
 * that what it finds still fits the binaries, kernel and processor, and probes again if not: a stale cache is slow,
 * never wrong.
 */
import { copyFile, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { capabilitiesFolder } from './layout.ts';
import type { Accelerator } from './layout.ts';
import type { Paths } from './paths.ts';

/** Below `XDG_CACHE_HOME`, in session mode. */
const libvirtFolder = join('libvirt', 'qemu', 'cache', 'capabilities');
/** A cache of one QEMU is about 100 KiB; more than this is not ours. */
const maxFileBytes = 4 * 1024 * 1024;

/** Where libvirtd keeps the capabilities it has probed. */
export const capabilitiesDir = (cacheHome: string): string => join(cacheHome, libvirtFolder);

/** Copies the node's probed capabilities to where libvirtd looks, if the node offers any. Never fails. */
export async function useCachedCapabilities(
  paths: Paths,
  accelerator: Accelerator,
  log: Logger,
): Promise<void> {
  try {
    const offered = join(paths.cacheDir, capabilitiesFolder(accelerator));
    const copied = await copyCapabilities(offered, capabilitiesDir(paths.cacheHome));
    log.debug(
      copied ? 'took the capabilities of QEMU from the node' : 'the node offers no capabilities of QEMU',
    );
  } catch (error) {
    log.warn('the capabilities that the node offers are not usable', { error: messageOf(error) });
  }
}

/**
 * Copies the capability files of `from` into `to`; only regular XML files of a sane size.
 * @returns whether `from` exists.
 */
export async function copyCapabilities(from: string, to: string): Promise<boolean> {
  const offered = await readdir(from, { withFileTypes: true }).catch(() => undefined);
  if (offered === undefined) return false;
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of offered) {
    const source = join(from, entry.name);
    if (!entry.isFile() || !entry.name.endsWith('.xml')) continue;
    if ((await lstat(source)).size <= maxFileBytes) await copyFile(source, join(to, entry.name));
  }
  return true;
}
