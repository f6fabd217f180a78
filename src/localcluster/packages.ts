/** Debian packages that a local cluster and the images for it need. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import { execute, run } from './exec.ts';
import type { Step } from './progress.ts';

/** Debian packages, each with a file that tells whether it is there. */
export type Packages = Readonly<Record<string, string>>;

/** Package by a file that tells whether it is there. Programs are looked for in the usual folders. */
const needed: Packages = {
  'etcd-server': 'etcd',
  containerd: 'containerd',
  runc: 'runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iptables: 'iptables',
  iproute2: 'ip',
  kmod: 'modprobe',
  'util-linux': 'nsenter',
  mount: 'mount',
  // to build images
  mmdebstrap: 'mmdebstrap',
  binutils: 'strip',
  gcc: 'gcc',
  'libc6-dev': '/usr/include/stdlib.h',
  'linux-libc-dev': '/usr/include/linux/errno.h',
  'busybox-static': 'busybox',
};

const programDirs = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const aptEnvironment = { DEBIAN_FRONTEND: 'noninteractive' };

async function isThere(file: string): Promise<boolean> {
  const candidates = file.startsWith('/') ? [file] : programDirs.map((dir) => join(dir, file));
  const found = await Promise.allSettled(candidates.map((path) => access(path)));
  return found.some((result) => result.status === 'fulfilled');
}

/** @returns the packages whose files are missing. */
export async function missingPackages(wanted: Packages = needed): Promise<string[]> {
  const entries = Object.entries(wanted);
  const there = await Promise.all(entries.map(([, file]) => isThere(file)));
  return entries.filter((_, i) => !there[i]).map(([name]) => name);
}

const installCommand = ['apt-get', 'install', '--yes', '--no-install-recommends'];

/**
 * Installs what is missing; refreshes apt's lists only when it must.
 * @param also more than a cluster needs.
 * @throws MonovirtError `PackagesMissing` on a machine without apt.
 */
export async function ensurePackages(step: Step, signal: AbortSignal, also: Packages = {}): Promise<void> {
  const missing = await missingPackages({ ...needed, ...also });
  if (missing.length === 0) {
    step.note('all there');
    return;
  }
  if (!(await isThere('apt-get'))) {
    const message = `this machine lacks ${missing.join(', ')} and has no apt-get: install them`;
    throw new MonovirtError('PackagesMissing', message, 'never');
  }
  step.note(`installing ${missing.join(' ')}`);
  const options = { signal, env: aptEnvironment };
  if ((await execute([...installCommand, ...missing], options)).code !== 0) {
    await run(['apt-get', 'update'], options);
    await run([...installCommand, ...missing], options);
  }
  const still = await missingPackages();
  if (still.length === 0) return;
  const message = `apt-get installed ${still.join(', ')}, yet their programs are not there: repair this machine's packages`;
  throw new MonovirtError('PackagesMissing', message, 'never');
}
