/** A guest as users have them: Debian with systemd, cloud-init and QEMU's guest agent, made by `image/debian`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from './base.ts';
import { keyOfFiles } from './cache.ts';
import { runTool } from './tool.ts';
import { debianTar, runJob } from './workshop.ts';

/** Makes the guest's bootable qcow2, or finds it in the cache; returns its path. Its packages are kept apart. */
export async function buildDebianGuest(context: BuildContext): Promise<string> {
  const { root, cache, source } = context;
  const inputs = ['image/debian', 'image/guest/packages.txt', 'image/guest/tools.sh'];
  const key = await keyOfFiles(root, inputs, [source.release, source.mirror]);
  const directory = join(cache, `debian-${key}`);
  await runJob(context, {
    kernel: 'cloud',
    directory,
    what: 'building the Debian guest',
    own: 'debian',
    prepare: async (work) => {
      await mkdir(join(work, 'target'));
      await runTool('tar', ['-xf', await packages(context), '-C', join(work, 'target')], context);
    },
    args: ['/own', '/target'],
  });
  return join(directory, 'disk.img');
}

const packages = (context: BuildContext): Promise<string> =>
  debianTar(context, {
    name: 'debian-packages',
    what: `installing Debian ${context.source.release} for its guest`,
    inputs: ['image/debian/packages.txt', 'image/debian/rootfs.sh'],
    script: 'image/debian/rootfs.sh',
    args: [],
  });
