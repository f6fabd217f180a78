/** Who is at the other end of a launcher's socket, and whether that process belongs to the pod. */
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import koffi from 'koffi';
import { launcherUser } from '../../api/constants.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';

/** Credentials of the process that listens on a Unix socket, as the kernel recorded them. */
export interface Peer {
  pid: number;
  uid: number;
}

type GetSockOpt = (
  ...args: [fd: number, level: number, name: number, value: Buffer, length: [number]]
) => number;
let getSockOpt: GetSockOpt | undefined;
const solSocket = 1;
const soPeerCred = 17;

/**
 * Asks the kernel who listens on the socket that `socket` is connected to. The pid is in this process's pid
 * namespace, so the agent has to run in the host's.
 */
export function peerOf(socket: Socket): Peer {
  getSockOpt ??= koffi
    .load('libc.so.6')
    .func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)');
  const credentials = Buffer.alloc(12);
  const failed = getSockOpt(descriptorOf(socket), solSocket, soPeerCred, credentials, [credentials.length]);
  if (failed !== 0) throw refusal('PeerUnknown', 'the kernel does not tell who serves the launcher socket');
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) };
}

/** Node keeps a socket's descriptor in its handle, which its types do not show. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } };
  if (typeof handle?.fd === 'number' && handle.fd >= 0) return handle.fd;
  throw refusal('PeerUnknown', 'the launcher connection has no descriptor');
}

/**
 * Proves that a peer is the launcher user's and runs in the pod's cgroup, and returns its network namespace
 * as an open descriptor. The namespace is opened before the proof and compared after it, so a pid that was
 * reused in between is noticed.
 */
export async function openPodNamespace(peer: Peer, podUid: string, procDir = '/proc'): Promise<FileHandle> {
  if (peer.uid !== launcherUser) {
    throw refusal('ForeignPeer', `the launcher socket of pod ${podUid} is served by user ${peer.uid}`);
  }
  if (peer.pid === 0) {
    throw refusal(
      'ForeignPeer',
      'the launcher socket is served from a pid namespace the node agent cannot see: does it run with hostPID?',
    );
  }
  const path = `${procDir}/${peer.pid}/ns/net`;
  const namespace = await open(path, 'r').catch((error: unknown) => {
    throw new MonovirtError('PeerGone', `cannot open ${path}: ${messageOf(error)}`);
  });
  try {
    await assertInPod(peer.pid, podUid, procDir);
    await assertOurKind(namespace, path);
    return namespace;
  } catch (error) {
    await namespace.close();
    throw error;
  }
}

/** The pod's uid stands in the cgroup path, with `-` or, under systemd, with `_`; on cgroup v1 and v2. */
async function assertInPod(pid: number, podUid: string, procDir: string): Promise<void> {
  const groups = await readFile(`${procDir}/${pid}/cgroup`, 'utf8');
  if (!cgroupsName(groups, podUid)) {
    throw refusal(
      'ForeignPeer',
      `process ${pid} serves the launcher socket of pod ${podUid} from outside it`,
    );
  }
}

/** Whether a `/proc/<pid>/cgroup` file places the process in the pod. */
export function cgroupsName(groups: string, podUid: string): boolean {
  const wanted = new RegExp(`[/-]pod${podUid.replaceAll('-', '[-_]')}([/.]|$)`, 'm');
  return groups.split('\n').some((line) => wanted.test(line.split(':').slice(2).join(':')));
}

async function assertOurKind(namespace: FileHandle, path: string): Promise<void> {
  const [opened, current, own] = await Promise.all([
    namespace.stat({ bigint: true }),
    open(path, 'r').then(statAndClose),
    open('/proc/self/ns/net', 'r').then(statAndClose),
  ]);
  if (opened.ino !== current) throw new MonovirtError('PeerGone', `the process of ${path} changed`);
  if (opened.ino === own) throw refusal('ForeignPeer', `${path} is the node agent's own network namespace`);
}

async function statAndClose(handle: FileHandle): Promise<bigint> {
  try {
    return (await handle.stat({ bigint: true })).ino;
  } finally {
    await handle.close();
  }
}

const refusal = (reason: string, message: string): MonovirtError =>
  new MonovirtError(reason, message, 'backoff');
