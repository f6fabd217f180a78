/** Puts the static helper of container disks where the kubelet can mount it from. */
import { chmod, copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies the helper into a directory of the host, atomically: containers that start meanwhile see the old or
 * the new file, never a part. Does nothing when the same file is already there.
 */
export async function installHold(source: string, holdDir: string): Promise<void> {
  const target = join(holdDir, 'hold');
  await mkdir(holdDir, { recursive: true, mode: 0o755 });
  const [wanted, present] = await Promise.all([
    readFile(source),
    readFile(target).catch(() => Buffer.alloc(0)),
  ]);
  if (wanted.equals(present)) return;
  const temporary = join(holdDir, `.hold.${process.pid}`);
  await copyFile(source, temporary);
  await chmod(temporary, 0o755);
  await rename(temporary, target);
}
