/**
 * Gives the launcher's user the device nodes of its own container. The container runtime makes them with the
 * host's owner and mode, which shuts an unprivileged user out, unless it was told otherwise on that node.
 */
import type { Stats } from 'node:fs';
import { chown, open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { launcherUser } from '../../api/constants.ts';
import { layout } from '../../launcher/layout.ts';
import { pathNoFollow } from '../../support/open-flags.ts';
import { MonovirtError } from '../../support/errors.ts';

const othersMayUse = 0o006;

/** Device nodes a launcher may hold, with the numbers that prove they are what their names say. */
const claimable: readonly { path: readonly string[]; device: number }[] = [
  { path: ['kvm'], device: deviceNumber(10, 232) },
  { path: ['net', 'tun'], device: deviceNumber(10, 200) },
  { path: ['vhost-net'], device: deviceNumber(10, 238) },
];

function deviceNumber(major: number, minor: number): number {
  return major * 256 + minor;
}

/**
 * Hands over the device nodes that a container has; those it lacks are none of our business.
 * @param root open descriptor of the container's root directory.
 * @param hostDeviceDir where the agent sees the host's device nodes, whose owner is never changed.
 */
export async function claimDevices(root: number, hostDeviceDir: string): Promise<void> {
  const host = await stat(hostDeviceDir).catch(() => undefined);
  await Promise.all([
    ...claimable.map(({ path, device }) =>
      withNode(root, ['dev', ...path], (node) => claim(node, { device, hostFileSystem: host?.dev })),
    ),
    claimVolumes(root, host?.dev),
  ]);
}

async function withNode(
  root: number,
  path: readonly string[],
  use: (node: FileHandle) => Promise<void>,
): Promise<void> {
  const node = await walk(root, path);
  try {
    if (node !== undefined) await use(node);
  } finally {
    await node?.close();
  }
}

/** Claims that are block devices. Nobody in the pod can make a device node: those that are there are its own. */
async function claimVolumes(root: number, hostFileSystem: number | undefined): Promise<void> {
  const folder = layout.blockDir.split('/').filter((part) => part !== '');
  await withNode(root, folder, async (handle) => {
    if (!(await handle.stat()).isDirectory()) return;
    const names = await readdir(`/proc/self/fd/${handle.fd}`);
    const give = async (node: FileHandle): Promise<void> => {
      const found = await node.stat();
      if (found.isBlockDevice()) await giveToLauncher(node, found, hostFileSystem);
    };
    await Promise.all(names.map((name) => withNode(handle.fd, [name], give)));
  });
}

/** Opens a path below a directory component by component, following no link; undefined when it is missing. */
async function walk(root: number, path: readonly string[]): Promise<FileHandle | undefined> {
  const [name, ...rest] = path;
  if (name === undefined) return undefined;
  let next: FileHandle;
  try {
    next = await open(`/proc/self/fd/${root}/${name}`, pathNoFollow);
  } catch {
    return undefined;
  }
  if (rest.length === 0) return next;
  try {
    return await walk(next.fd, rest);
  } finally {
    await next.close();
  }
}

async function claim(
  node: FileHandle,
  expected: { device: number; hostFileSystem: number | undefined },
): Promise<void> {
  const found = await node.stat();
  if (!found.isCharacterDevice() || found.rdev !== expected.device) {
    throw new MonovirtError(
      'UnsafeDevice',
      "a device node of the launcher's container is not what its name says",
    );
  }
  await giveToLauncher(node, found, expected.hostFileSystem);
}

async function giveToLauncher(
  node: FileHandle,
  found: Stats,
  hostFileSystem: number | undefined,
): Promise<void> {
  const usable = found.uid === launcherUser || (found.mode & othersMayUse) === othersMayUse;
  if (usable || found.dev === hostFileSystem) return;
  await chown(`/proc/self/fd/${node.fd}`, launcherUser, launcherUser);
}
