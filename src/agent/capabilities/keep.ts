/**
 * Keeps what libvirt learns by probing QEMU in a directory of the host that every launcher sees, so that no
 * start of a VM waits for it. Launchers do without: whatever goes wrong here costs them time and nothing else.
 */
import { chmod, chown, lstat, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launcherUser } from '../../api/constants.ts';
import { currentCapabilities, guestFeaturesFile } from '../../launcher/layout.ts';
import type { Accelerator } from '../../launcher/layout.ts';
import { backoffMs, delay } from '../../support/delay.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { exists } from '../../support/files.ts';
import type { Logger } from '../../support/log.ts';
import type { Probe } from './probe.ts';

/** First and longest pause after a failure, in milliseconds. */
const retryMs = { first: 10_000, longest: 30 * 60_000 };
/** About 100 KiB each; more than this is not libvirt's. */
const maxFileBytes = 4 * 1024 * 1024;
const workPrefix = '.work-';

export interface CapabilitiesOptions {
  /** The directory, as the agent sees it; it exists. */
  cacheDir: string;
  /** Where the agent sees the host's device nodes. */
  deviceDir: string;
  key: () => Promise<string>;
  probe: Probe;
  logger: Logger;
}

/** Probes what is not known yet; tries again with growing pauses until it worked or `signal` aborts. */
export async function keepCapabilities(options: CapabilitiesOptions, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await learn(options, signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      const consequence = 'VMs start more slowly, and those that ask for a model of processor not at all';
      options.logger.warn('QEMU not probed for the launchers', { consequence, error: messageOf(error) });
    }
    await delay(backoffMs(attempt, retryMs.first, retryMs.longest), signal);
  }
}

async function learn(options: CapabilitiesOptions, signal: AbortSignal): Promise<void> {
  const { cacheDir, deviceDir, logger } = options;
  const key = await options.key();
  // With /dev/kvm most VMs will use it: what they want comes first.
  const wanted: Accelerator[] = (await exists(join(deviceDir, 'kvm'))) ? ['kvm', 'tcg'] : ['tcg'];
  const features = (accelerator: Accelerator): string => join(cacheDir, key, accelerator, guestFeaturesFile);
  for (const accelerator of wanted) {
    if (await exists(features(accelerator))) continue;
    const begun = performance.now();
    await probeInto(join(cacheDir, key), accelerator, options, signal);
    await point(cacheDir, key);
    const tookMs = Math.round(performance.now() - begun);
    logger.info('probed QEMU for the launchers', { accelerator, key, tookMs });
  }
  await point(cacheDir, key);
  await removeOthers(cacheDir, [key, currentCapabilities]);
  for (const accelerator of wanted) {
    if (await exists(features(accelerator))) continue;
    throw new MonovirtError(
      'GuestFeaturesUnknown',
      `libvirt did not say what guests can have (${accelerator})`,
    );
  }
}

/**
 * Probes into a folder that the launcher's user may write, and takes over what is sane as a folder that only we may
 * write, complete from the first moment it has its name.
 */
async function probeInto(
  target: string,
  accelerator: Accelerator,
  { cacheDir, probe }: CapabilitiesOptions,
  signal: AbortSignal,
): Promise<void> {
  const work = await mkdtemp(join(cacheDir, workPrefix));
  const [learned, checked] = [join(work, 'learned'), join(work, 'checked')];
  try {
    for (const folder of [target, learned, checked]) await mkdir(folder, { recursive: true });
    for (const folder of [cacheDir, target, work, checked]) await chmod(folder, 0o755);
    await chown(learned, launcherUser, launcherUser);
    await probe(accelerator, learned, signal);
    await takeOver(learned, checked);
    await publish(checked, join(target, accelerator));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Launchers may be reading what was learned before: that stays, and gets what it lacks. */
async function publish(checked: string, known: string): Promise<void> {
  if (!(await exists(known))) await rename(checked, known);
  else if (await exists(join(checked, guestFeaturesFile)))
    await rename(join(checked, guestFeaturesFile), join(known, guestFeaturesFile));
}

async function takeOver(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const source = join(from, name);
    const found = await lstat(source);
    const known = name.endsWith('.xml') || name === guestFeaturesFile;
    if (!known || !found.isFile() || found.size > maxFileBytes) continue;
    // Not copyFile, which keeps the owner.
    await writeFile(join(to, name), await readFile(source), { mode: 0o644 });
  }
}

/** Launchers that start from now on see what is below `key`. */
async function point(cacheDir: string, key: string): Promise<void> {
  const link = join(cacheDir, currentCapabilities);
  if ((await readlink(link).catch(() => '')) === key) return;
  const next = join(cacheDir, `${workPrefix}link`);
  await rm(next, { force: true, recursive: true });
  await symlink(key, next);
  await rename(next, link);
}

async function removeOthers(cacheDir: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!kept.includes(name)) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}
