/** Small guests for tests and samples: kernel and initrd, and a bootable disk, made by `image/guest`. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from './base.ts';
import { keyOfFiles } from './cache.ts';
import { runTool } from './tool.ts';
import { kernels, runJob, type GuestKernel } from './workshop.ts';

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
 * Makes the guests' files, or finds them in the cache. The Debian tools they are made with have a cache entry of
 * their own, so a change of the guest's scripts costs two seconds.
 */
export async function buildGuests(context: BuildContext, kernel: GuestKernel = 'cloud'): Promise<GuestFiles> {
  const { root, cache, source } = context;
  const parts = [kernels[kernel], peerFlags, source.release, source.mirror];
  const directory = join(cache, `guest-${await keyOfFiles(root, ['image/guest'], parts)}`);
  await runJob(context, {
    kernel,
    directory,
    what: 'building the test guests',
    own: 'guest',
    prepare: async (work) => {
      await mkdir(join(work, 'programs'));
      await buildPeer(context, join(work, 'programs', 'peer'));
    },
    args: ['/own/root', '/programs'],
  });
  const file = (name: string): string => join(directory, name);
  return {
    kernel: file('vmlinuz'),
    initrd: file('initrd'),
    disk: file('disk.img'),
    busybox: file('busybox'),
    peer: file('peer'),
  };
}

const peerFlags = '-Os -static -s -Wall -Wextra -Werror -Wl,--build-id=none';

/** Compiles what answers on the guest's network; static, because the guest has none of this machine's libraries. */
async function buildPeer({ root, signal }: BuildContext, output: string): Promise<void> {
  const source = join(root, 'image', 'guest', 'peer.c');
  await runTool('gcc', [...peerFlags.split(' '), '-o', output, source], { signal });
  await chmod(output, 0o755);
}
