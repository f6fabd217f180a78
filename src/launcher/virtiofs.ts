/** File systems that are shared with the guest: each is served by a container of its own (`controllers/vmi/virtiofs.ts`). */
import { readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import { waitForPath } from '../support/watch-path.ts';
import { virtiofsContainer, virtiofsSocket } from './layout.ts';

/**
 * How long a container that the kubelet starts next to ours may take, in milliseconds. One that fails at once is
 * found by the controller; this is for those that end later, which nobody starts again.
 */
const startMs = 120_000;

/**
 * Waits until the socket of a shared volume is there. It is not tried: virtiofsd serves one connection, and that
 * is QEMU's.
 * @throws MonovirtError `VirtiofsUnavailable` when it does not come in time, `WaitAborted` when `signal` aborts.
 */
export async function awaitFilesystem(
  folder: string,
  volume: string,
  { signal, timeoutMs = startMs }: { signal: AbortSignal; timeoutMs?: number },
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const path = join(folder, virtiofsSocket(volume));
  await waitForPath(path, AbortSignal.any([signal, deadline])).catch((error: unknown) => {
    if (signal.aborted || !deadline.aborted) throw error;
    const container = virtiofsContainer(volume);
    throw new MonovirtError(
      'VirtiofsUnavailable',
      `volume ${volume}: container ${container} did not begin to share it within ${timeoutMs / 1000} s; its log says why: kubectl logs <pod of the VM> -c ${container}`,
      'never',
      { cause: error },
    );
  });
}

/**
 * Ends every virtiofsd that QEMU never connected to: each ends when its only connection does. Without it the pod
 * of a guest that could not be started would stay until somebody deletes it.
 */
export async function dismissFilesystems(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter((name) => name.endsWith('.sock')).map((name) => touch(join(folder, name))));
}

/** Connects and hangs up; whoever is gone already needs no word. */
function touch(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });
}
