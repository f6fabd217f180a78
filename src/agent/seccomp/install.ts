/** Puts seccomp profiles where the kubelet looks for them. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { passtProfile } from '../../pod/seccomp.ts';
import { profileFor } from './profile.ts';

/**
 * Writes the profile atomically: containers that start meanwhile see the old one or the new. Does nothing when it is
 * there already.
 * @param seccompDir the kubelet's folder of profiles.
 */
export async function installSeccompProfile(
  seccompDir: string,
  architecture: string = process.arch,
): Promise<void> {
  const target = join(seccompDir, passtProfile);
  const wanted = profileFor(architecture);
  if ((await readFile(target, 'utf8').catch(() => '')) === wanted) return;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, wanted, { mode: 0o644 });
  await rename(temporary, target);
}
