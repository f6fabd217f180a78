/** A private libvirtd for tests: unprivileged, in session mode, with everything below one temporary folder. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { daemonFiles, sessionUri, socketPath } from '../qemu-conf.ts';

/** Set to `skip` to leave out tests that need libvirtd and QEMU. */
export const skipVariable = 'MONOVIRT_TEST_LIBVIRT';
/** `skip` option of tests that need a daemon. */
export const skipped = process.env[skipVariable] === 'skip' ? `${skipVariable} says skip` : false;

/** The unprivileged user to run as when tests run as root: `nobody`. */
const nobody = 65534;
const binaries = {
  libvirtd: '/usr/sbin/libvirtd',
  'qemu-system-x86_64': '/usr/bin/qemu-system-x86_64',
} as const;

const packages = 'libvirt-daemon-driver-qemu, libvirt-clients and qemu-system-x86';

export interface TestDaemon extends AsyncDisposable {
  uri: string;
  /** A folder that the daemon and QEMU may write to. */
  folder: string;
  pid: number;
  /** Kills the daemon as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a daemon and waits for its socket.
 */
export async function startDaemon(): Promise<TestDaemon> {
  requireBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'mv-'));
  const files = daemonFiles({ socketDir: join(folder, 's'), configHome: join(folder, 'c') });
  await prepare(folder, Object.values(files));
  const ready = created(socketPath(join(folder, 's')));
  const child = spawnDaemon(folder, files.libvirtdConf.path);
  const exited = once(child, 'exit');
  await Promise.race([ready.then(() => answering(socketPath(join(folder, 's')))), failedEarly(child)]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const stop = async (): Promise<void> => {
    await end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  const kill = (): Promise<void> => end('SIGKILL');
  return {
    uri: sessionUri(join(folder, 's')),
    folder,
    pid: child.pid ?? 0,
    kill,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function requireBinaries(): void {
  for (const [name, file] of Object.entries(binaries)) {
    if (existsSync(file)) continue;
    throw new Error(`${name} is missing at ${file}: install ${packages}, or set ${skipVariable}=skip`);
  }
}

const retryMs = 5;

/** Sockets, configuration, runtime, data and cache. */
const subfolders = ['s', 'c', 'c/libvirt', 'r', 'd', 'k'] as const;

async function prepare(folder: string, files: { path: string; text: string }[]): Promise<void> {
  for (const dir of subfolders) await mkdir(join(folder, dir));
  for (const { path, text } of files) await writeFile(path, text);
  if (!isRoot()) return;
  for (const dir of ['', ...subfolders]) await chown(join(folder, dir), nobody, nobody);
}

function spawnDaemon(folder: string, config: string): ChildProcess {
  return spawn(binaries.libvirtd, ['--config', config], {
    cwd: folder,
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'c'),
      XDG_RUNTIME_DIR: join(folder, 'r'),
      XDG_DATA_HOME: join(folder, 'd'),
      XDG_CACHE_HOME: join(folder, 'k'),
    },
    stdio: ['ignore', 'ignore', process.env['MONOVIRT_TEST_VERBOSE'] === undefined ? 'ignore' : 'inherit'],
    ...(isRoot() ? { uid: nobody, gid: nobody } : {}),
  });
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Waits until a file is there. */
function created(file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dirname(file), () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });
}

/** The socket's file is there a moment before the daemon listens on it. */
async function answering(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await delay(retryMs);
    } finally {
      socket.destroy();
    }
  }
}

async function failedEarly(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error(
    `libvirtd ended before it listened, with code ${child.exitCode}; set MONOVIRT_TEST_VERBOSE=1 to see why`,
  );
}
