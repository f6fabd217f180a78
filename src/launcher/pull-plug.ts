/** Ends QEMU without libvirt, which may wait for a QEMU that hangs. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../support/log.ts';
import type { Paths } from './paths.ts';

/**
 * Kills the QEMU whose process id libvirt has written down; a launcher has one. libvirt learns of it as of any
 * QEMU that dies, and all calls that wait for it fail. Does nothing when there is none.
 */
export async function pullPlug({ runtimeDir }: Pick<Paths, 'runtimeDir'>, log: Logger): Promise<void> {
  for await (const file of glob(join(runtimeDir, 'libvirt/qemu/run/*.pid'))) {
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (!Number.isSafeInteger(pid) || pid <= 1 || !(await isQemu(pid))) continue;
    log.warn('killing a QEMU that hangs', { pid });
    process.kill(pid, 'SIGKILL');
  }
}

/** The number may be another's by now. */
async function isQemu(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return /^[^\0]*qemu-system-[^\0]*\0/.test(command);
}
