/** Small guests for tests and samples: kernel and initrd, and a bootable disk, made by `image/guest`. */
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianEnv, type BuildContext } from './base.ts';
import { keyOfFiles } from './cache.ts';
import { replaceFile } from './oci.ts';
import { runTool } from './tool.ts';

/** Files of the guests, as paths. */
export interface GuestFiles {
  readonly kernel: string;
  readonly initrd: string;
  /** A qcow2 that a BIOS boots. */
  readonly disk: string;
  /** A static busybox, for the tool-box image. */
  readonly busybox: string;
  /** What answers and asks on the network (`image/guest/peer.c`), static too. */
  readonly peer: string;
}

/**
 * Debian's packages of kernels. The one for clouds is small and quick and has what virtual machines are given; the
 * other knows hardware of a PC too, such as USB and other makers' NICs.
 */
const kernels = { cloud: 'linux-image-cloud-amd64', pc: 'linux-image-amd64' } as const;
export type GuestKernel = keyof typeof kernels;

/**
 * Makes the guests' files, or finds them in the cache. The Debian tools they are made with have a cache entry of
 * their own, so a change of the guest's scripts costs two seconds.
 */
export async function buildGuests(context: BuildContext, kernel: GuestKernel = 'cloud'): Promise<GuestFiles> {
  const { root, cache, source } = context;
  const parts = [kernels[kernel], peerFlags, source.release, source.mirror];
  const key = await keyOfFiles(root, ['image/guest'], parts);
  const directory = join(cache, `guest-${key}`);
  if (!(await isFilled(directory))) await make(context, kernels[kernel], directory);
  const file = (name: string): string => join(directory, name);
  return {
    kernel: file('vmlinuz'),
    initrd: file('initrd'),
    disk: file('disk.img'),
    busybox: file('busybox'),
    peer: file('peer'),
  };
}

async function make(context: BuildContext, kernel: string, directory: string): Promise<void> {
  const tools = await guestTools(context, kernel);
  context.progress('building the test guests');
  const work = await mkdtemp(join(tmpdir(), 'monovirt-guest-'));
  try {
    // A private mount namespace: the boot loader's installer wants /proc, and nothing of it may stay.
    await runTool('tar', ['-xf', tools, '-C', work, '--exclude=./usr/lib/klibc'], context);
    await cp(join(context.root, 'image/guest'), join(work, 'guest'), { recursive: true });
    for (const name of ['out', 'programs']) await mkdir(join(work, name));
    await buildPeer(context, join(work, 'programs', 'peer'));
    const script =
      'mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh /guest/build.sh /guest/root /programs /out';
    await runTool('unshare', ['--mount', 'sh', '-c', script, 'sh', work], context);
    await keep(join(work, 'out'), directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const peerFlags = '-Os -static -s -Wall -Wextra -Werror -Wl,--build-id=none';

/** Compiles what answers on the guest's network; static, because the guest has none of this machine's libraries. */
async function buildPeer({ root, signal }: BuildContext, output: string): Promise<void> {
  const source = join(root, 'image', 'guest', 'peer.c');
  await runTool('gcc', [...peerFlags.split(' '), '-o', output, source], { signal });
  await chmod(output, 0o755);
}

/** Moves results into the cache as a whole: an interrupted copy is never taken for a result. */
async function keep(from: string, directory: string): Promise<void> {
  const partial = `${directory}.${process.pid}.tmp`;
  await rm(partial, { recursive: true, force: true });
  await cp(from, partial, { recursive: true });
  await rm(directory, { recursive: true, force: true });
  await rename(partial, directory);
}

async function guestTools(context: BuildContext, kernel: string): Promise<string> {
  const { root, cache, source, signal, progress } = context;
  const inputs = ['image/guest/packages.txt', 'image/guest/tools.sh'];
  const key = await keyOfFiles(root, inputs, [kernel, source.release, source.mirror]);
  const file = join(cache, `guest-tools-${key}.tar`);
  await mkdir(cache, { recursive: true });
  if ((await readdir(cache)).includes(`guest-tools-${key}.tar`)) return file;
  progress(`unpacking ${kernel} of Debian ${source.release} for the test guests`);
  await replaceFile(file, (temporary) =>
    runTool('sh', [join(root, 'image/guest/tools.sh'), temporary, kernel], {
      env: debianEnv(source),
      signal,
    }),
  );
  return file;
}

async function isFilled(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).includes('disk.img');
  } catch {
    return false;
  }
}
