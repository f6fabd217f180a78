/**
 * Gives the launcher's user the device nodes of its own container. The kubelet's device manager makes them
 * with the host's owner and mode, which on many hosts shuts an unprivileged user out.
 */
import { chown, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { launcherUser } from '../../api/constants.ts';
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
  await Promise.all(
    claimable.map(async ({ path, device }) => {
      const node = await walk(root, ['dev', ...path]);
      try {
        if (node !== undefined) await claim(node, { device, hostFileSystem: host?.dev });
      } finally {
        await node?.close();
      }
    }),
  );
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
  const usable = found.uid === launcherUser || (found.mode & othersMayUse) === othersMayUse;
  if (usable || found.dev === expected.hostFileSystem) return;
  await chown(`/proc/self/fd/${node.fd}`, launcherUser, launcherUser);
}
