/** Finding the side container of a container disk by the pid its helper wrote. */
import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { isFilled } from '../../support/files.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { layout } from '../layout.ts';

/** How to look at processes; a test brings its own tree. */
export interface ProcessView {
  /** `/proc`. */
  procDir: string;
  /** The user that helpers must run as. */
  uid: number;
}

/** @returns the root folder of the side container of `volume`, as seen through its helper. */
export async function sideContainerRoot(
  folder: string,
  volume: string,
  options: { view: ProcessView; signal: AbortSignal },
): Promise<string> {
  return join(await sideContainerProcess(folder, volume, options), 'root');
}

/**
 * Waits for the helper of `volume` and makes sure that it is one: the pid file lies in a folder that a side
 * container can write to, so what it says is checked against the process itself.
 * @returns the process's folder.
 */
export async function sideContainerProcess(
  folder: string,
  volume: string,
  options: { view: ProcessView; signal: AbortSignal },
): Promise<string> {
  const { view, signal } = options;
  const pidFile = join(folder, volume);
  await waitForPath(pidFile, signal, isFilled);
  const pid = await readPid(pidFile, volume);
  const processDir = join(view.procDir, pid);
  try {
    const [owner, cmdline] = [await stat(processDir), await readFile(join(processDir, 'cmdline'), 'utf8')];
    const [binary, argument] = cmdline.split('\0');
    const expected = binary === layout.holdBinary && argument === join(layout.holdPidDir, volume);
    if (expected && owner.uid === view.uid) return processDir;
  } catch (error) {
    throw rejected(volume, `its process ${pid} cannot be seen: ${messageOf(error)}`, error);
  }
  throw rejected(volume, `process ${pid} is not the helper ${layout.holdBinary} of user ${view.uid}`);
}

async function readPid(file: string, volume: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(32);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const text = buffer.toString('latin1', 0, bytesRead).trim();
    if (/^[1-9][0-9]{0,9}$/.test(text)) return text;
    throw rejected(volume, `its pid file holds ${JSON.stringify(text)}, which is no process id`);
  } finally {
    await handle.close();
  }
}

function rejected(volume: string, why: string, cause?: unknown): MonovirtError {
  return new MonovirtError(
    'ContainerDiskInvalid',
    `the side container of volume ${volume} is not usable: ${why}`,
    'backoff',
    cause === undefined ? undefined : { cause },
  );
}
