/** A launcher as its own unprivileged process, in folders of its own, with a side container that is none. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launcherUser } from '../../api/constants.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { layout } from '../layout.ts';
import { pathsIn } from '../paths.ts';
import type { Folders, Paths } from '../paths.ts';
import { stopChild } from '../stop.ts';
import { Transcript } from './eventually.ts';
import { testUid } from './vmi.ts';

const ownEntry = fileURLToPath(new URL('entry.ts', import.meta.url));
const nobody = 65534;
const asRoot = process.getuid?.() === 0;
const userOf = (id: number): { uid?: number; gid?: number } => (asRoot ? { uid: id, gid: id } : {});

export interface RealLauncher extends AsyncDisposable {
  process: ChildProcess;
  paths: Paths;
  /** The guest's console on the launcher's stdout, and its log. */
  stdout: Transcript;
  stderr: Transcript;
  exit: Promise<number | null>;
  /** Offers this machine's own file system as the side container of `volume`. */
  offer(volume: string): Promise<void>;
}

export interface RealOptions {
  args?: string[];
  cacheDir?: string;
  /** Another build of `entry.ts`. */
  entry?: string;
  /** Network namespace to run in, as the user whom the agent makes taps for. Needs root. */
  netns?: string;
}

/** Starts a launcher and waits for its socket. */
export async function startLauncher(options: RealOptions = {}): Promise<RealLauncher> {
  const { args = [], cacheDir = '/nonexistent', entry = ownEntry, netns } = options;
  const id = netns === undefined ? nobody : launcherUser;
  const root = await mkdtemp(join(tmpdir(), 'mvl-'));
  const folders: Folders = {
    socketDir: join(root, 's'),
    privateDir: join(root, 'p'),
    ephemeralDir: join(root, 'e'),
    containerDiskDir: join(root, 'c'),
    virtiofsDir: join(root, 'v'),
    configDir: join(root, 'p', 'config'),
    keysDir: join(root, 'p', 'ssh-keys'),
    claimDir: join(root, 'p', 'vmi-disks'),
    blockDir: join(root, 'p', 'volumes'),
    cacheDir,
  };
  const own = {
    socketDir: folders.socketDir,
    privateDir: folders.privateDir,
    e: folders.ephemeralDir,
    c: folders.containerDiskDir,
  };
  for (const folder of [root, ...Object.values(own)]) {
    await mkdir(folder, { recursive: true });
    if (asRoot) await chown(folder, id, id);
  }
  const identity = [
    '--namespace',
    'default',
    '--name',
    'testvm',
    '--uid',
    testUid,
    '--emulation',
    '--log-level',
    'debug',
  ];
  const {
    command,
    args: allArgs,
    options: spawnOptions,
  } = inNamespace(netns, launcherCommand([...identity, ...args], folders, entry));
  const child = spawn(command, allArgs, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const helpers: ChildProcess[] = [];
  const paths = pathsIn(folders);
  await waitForPath(paths.socket, AbortSignal.timeout(20_000)).catch((error: unknown) => {
    throw new Error(`no socket: ${stderr.text}`, { cause: error });
  });
  return {
    process: child,
    paths,
    stdout,
    stderr,
    exit,
    offer: async (volume) => {
      const helper = startHelper(volume, id);
      helpers.push(helper);
      await writeFile(join(folders.containerDiskDir, volume), `${helper.pid}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      await stopChild(child, 10_000);
      for (const helper of helpers) await stopChild(helper, 1_000);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A process that looks like the helper of a side container: `yes` takes any argument and stops at a full pipe. */
function startHelper(volume: string, id: number): ChildProcess {
  return spawn('/usr/bin/yes', [join(layout.holdPidDir, volume)], {
    argv0: layout.holdBinary,
    stdio: ['ignore', 'pipe', 'ignore'],
    ...userOf(id),
  });
}

interface Command {
  command: string;
  args: string[];
  options: { uid?: number; gid?: number };
}

/** How to run the launcher as an unprivileged user. */
export function launcherCommand(args: string[], folders: Partial<Folders> = {}, entry = ownEntry): Command {
  return {
    command: process.execPath,
    args: [entry, JSON.stringify(folders), ...args],
    options: userOf(nobody),
  };
}

/** What a pod's image and its own devices are for: a user that libvirt can look up, who may open taps. */
const asInPod = `set -e
tun=$(mktemp -u); mknod -m 666 $tun c 10 200; mount --bind $tun /dev/net/tun; rm $tun
users=$(mktemp); { cat /etc/passwd; echo 'qemu:x:${launcherUser}:${launcherUser}::/:/bin/false'; } >$users
chmod 644 $users; mount --bind $users /etc/passwd; rm $users
exec "$@"`;

/** The same in a network namespace, which only root may enter. */
function inNamespace(netns: string | undefined, { command, args, options }: Command): Command {
  if (netns === undefined) return { command, args, options };
  const id = String(launcherUser);
  const drop = ['setpriv', '--reuid', id, '--regid', id, '--clear-groups'];
  const all = ['netns', 'exec', netns, 'sh', '-c', asInPod, 'sh', ...drop, command, ...args];
  return { command: 'ip', args: all, options: {} };
}
