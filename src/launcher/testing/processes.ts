/** The processes of a real launcher. */
import { readdirSync, readFileSync } from 'node:fs';
import type { RealLauncher } from './real.ts';

/** What runs out of the launcher's private folder: libvirtd and QEMU. */
export function processesIn(launcher: RealLauncher): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(
      ({ pid, command }) =>
        pid !== launcher.process.pid && pid !== process.pid && command.includes(launcher.paths.privateDir),
    );
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
