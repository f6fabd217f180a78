/**
 * Reaches a launcher's socket through the kubelet's directory of its pod. The emptyDir is writable by the
 * pod, so nothing in it is trusted: no symbolic link is followed and the connection goes through the very
 * inode that was checked.
 */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { launcherUser } from '../../api/constants.ts';
import { layout } from '../../launcher/layout.ts';
import { MonovirtError } from '../../support/errors.ts';
import { pathNoFollow } from '../../support/open-flags.ts';
import { waitForPath } from '../../support/watch-path.ts';

/** The kubelet's directory of the emptyDir that holds nothing but the socket. */
export function socketDirOf(podsDir: string, podUid: string): string {
  return join(podsDir, podUid, 'volumes/kubernetes.io~empty-dir', layout.socketVolume);
}

/** Resolves once the launcher of a pod has made its socket; woken by inotify. */
export async function waitForSocket(podsDir: string, podUid: string, signal: AbortSignal): Promise<void> {
  await waitForPath(join(socketDirOf(podsDir, podUid), layout.socketName), signal, isThere);
}

/** Also when it is a link that leads nowhere: it is refused then, and said to be, rather than waited for. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * Connects to the launcher of a pod.
 * @throws MonovirtError `UnsafeSocket` when what lies there is not a socket of the launcher's user.
 * @throws MonovirtError `LauncherUnreachable` when nobody serves it (any more).
 */
export async function connectSocket(podsDir: string, podUid: string, signal: AbortSignal): Promise<Socket> {
  const directory = await openNoFollow(socketDirOf(podsDir, podUid), constants.O_DIRECTORY);
  try {
    const socket = await openNoFollow(`/proc/self/fd/${directory.fd}/${layout.socketName}`, 0);
    try {
      await assertLauncherSocket(socket, podUid);
      return await connectTo(`/proc/self/fd/${socket.fd}`, signal);
    } finally {
      await socket.close();
    }
  } finally {
    await directory.close();
  }
}

async function openNoFollow(path: string, flags: number): Promise<FileHandle> {
  return open(path, pathNoFollow | flags).catch((error: unknown) => {
    throw new MonovirtError('LauncherUnreachable', `the launcher's socket is not there`, 'backoff', {
      cause: error,
    });
  });
}

async function assertLauncherSocket(socket: FileHandle, podUid: string): Promise<void> {
  const found = await socket.stat();
  if (found.isSocket() && found.uid === launcherUser) return;
  throw new MonovirtError(
    'UnsafeSocket',
    `${layout.socketName} of pod ${podUid} is not a socket of user ${launcherUser}: not connecting to it`,
  );
}

function connectTo(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    // A launcher that dies resets what it has not accepted: unheard, that would end the node agent.
    socket.on('error', () => undefined);
    const abort = (): void => void socket.destroy(new Error('aborted'));
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      reject(
        new MonovirtError('LauncherUnreachable', 'the launcher does not answer', 'backoff', { cause: error }),
      );
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
