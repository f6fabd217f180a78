/** Tells when a file appears, disappears or is replaced, by inotify and never by polling. */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, MonovirtError } from './errors.ts';
import { exists } from './files.ts';

/** Pause after a directory could not be watched (inotify's limits), in milliseconds. */
const refusedPauseMs = 1000;

/** Identity of a file: another one after it was replaced; undefined while it is missing. */
export type FileIdentity = string | undefined;

/** Device, inode and change time of a file: inode numbers alone are reused. */
export async function identityOf(path: string): Promise<FileIdentity> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}/${found.ino}/${found.ctimeNs}`;
}

/**
 * Calls `look` at the start and whenever something happened that may have changed `path`, until `signal`
 * aborts. A call says "look again", not what is new. Directories of the path may come and go.
 */
export async function watchPath(path: string, look: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const directory = await nearestDirectory(path);
    const direct = directory === dirname(path);
    const ended = await followDirectory(directory, path, { look: direct ? look : undefined, signal });
    if (ended === 'refused') await delay(refusedPauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Resolves once `path` exists, whether or not its directories do yet.
 * @param ready decides whether what is there counts, e.g. a file that must not be empty; never rejects.
 * @throws MonovirtError `WaitAborted` with the signal's reason.
 */
export async function waitForPath(
  path: string,
  signal: AbortSignal,
  ready: (path: string) => Promise<boolean> = exists,
): Promise<void> {
  const found = new AbortController();
  const look = async (): Promise<void> => {
    if (await ready(path)) found.abort();
  };
  await watchPath(path, () => void look(), AbortSignal.any([signal, found.signal]));
  if (found.signal.aborted) return;
  throw new MonovirtError('WaitAborted', `stopped waiting for ${path}: ${messageOf(signal.reason)}`);
}

/** The nearest directory above `path` that exists. */
async function nearestDirectory(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path || (await identityOf(parent)) !== undefined) return parent;
  return nearestDirectory(parent);
}

interface Follow {
  /** Called for every change; without it the first change ends the watch, as a nearer directory may exist. */
  look: (() => void) | undefined;
  signal: AbortSignal;
}

/** Watches one directory until it is gone, another one is nearer to `path`, or the signal aborts. */
function followDirectory(
  directory: string,
  path: string,
  { look, signal }: Follow,
): Promise<'ended' | 'refused'> {
  return new Promise((resolve) => {
    let watcher: FSWatcher;
    try {
      watcher = watch(directory);
    } catch (error) {
      // A directory that has just gone is no refusal: look for the nearest one again.
      resolve((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'ended' : 'refused');
      return;
    }
    const finish = (): void => {
      watcher.close();
      signal.removeEventListener('abort', finish);
      resolve('ended');
    };
    signal.addEventListener('abort', finish, { once: true });
    watcher.on('error', finish);
    watcher.on('change', (_kind, name) => {
      look?.();
      if (look === undefined || name === null || name.toString() === basename(directory)) finish();
    });
    look?.();
    void nearestDirectory(path).then((nearest) => nearest !== directory && finish());
    if (signal.aborted) finish();
  });
}
