/**
 * Lets libvirt probe QEMU as it would in a launcher's container: as the launcher's user, without a capability, and
 * with a /dev that holds what the container runtime puts there and /dev/kvm or not. What the agent's container
 * has more, the host's devices above all, would make libvirt learn what does not hold in a launcher.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { launcherUser } from '../../api/constants.ts';
import type { Accelerator } from '../../launcher/layout.ts';
import { MonovirtError } from '../../support/errors.ts';

/** Probing takes a few seconds of processor time; a node that is this slow keeps nobody waiting for it. */
const timeoutMs = 120_000;
const maxOutput = 8 * 1024;

/** Runs in a mount namespace of its own: nobody else sees this /dev. busybox prefers a setpriv of its own, that knows less. */
const script = `set -e
mount -t tmpfs -o mode=0755,size=64k none /dev
node() { mknod -m 0666 "/dev/$1" c "$2" "$3"; }
node null 1 3; node zero 1 5; node full 1 7; node random 1 8; node urandom 1 9
[ "$1" != kvm ] || node kvm 10 232
exec /usr/bin/setpriv --reuid ${launcherUser} --regid ${launcherUser} --clear-groups --bounding-set=-all --inh-caps=-all \\
  --no-new-privs monovirt --role launcher --warm-capabilities "$2"`;

/** Probes for one accelerator and leaves libvirt's files in `outDir`, which user 107 must be able to write. */
export type Probe = (accelerator: Accelerator, outDir: string, signal: AbortSignal) => Promise<void>;

/**
 * @param path where programs are looked for; the image's folders unless a test says otherwise.
 * @returns a probe that throws MonovirtError `ProbeFailed` with the end of what the launcher said.
 */
export function probeAsLauncher(path = '/usr/sbin:/usr/bin:/sbin:/bin'): Probe {
  return async (accelerator, outDir, signal) => {
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', accelerator, outDir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: path },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    yieldTo(child.pid);
    const trouble = await endOf(child);
    if (trouble === undefined) return;
    throw new MonovirtError('ProbeFailed', `probing QEMU (${accelerator}): ${trouble}`);
  };
}

/** @returns what went wrong, if anything did. */
function endOf(child: ChildProcessByStdio<null, null, Readable>): Promise<string | undefined> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-maxOutput)));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killedBy) => {
      resolve(code === 0 ? undefined : `exit code ${code ?? killedBy}: ${said.trim()}`);
    });
  });
}

/** Guests and their starts come first. */
function yieldTo(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, which its exit code tells.
  }
}
