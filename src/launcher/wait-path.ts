/** Waiting for a file by inotify. */
import { watch } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { MonovirtError } from '../support/errors.ts';

/**
 * Resolves once `path` exists. Its folder must exist already.
 * @param ready decides whether what is there counts, e.g. a file that must not be empty.
 */
export async function waitForPath(
  path: string,
  signal: AbortSignal,
  ready: (path: string) => Promise<boolean> = exists,
): Promise<void> {
  signal.throwIfAborted();
  const wake = Promise.withResolvers<void>();
  let checking: Promise<void> | undefined;
  let again = false;
  const check = async (): Promise<void> => {
    do {
      again = false;
      if (await ready(path)) wake.resolve();
    } while (again);
  };
  const recheck = (): void => {
    again = true;
    checking ??= check()
      .catch(wake.reject)
      .finally(() => (checking = undefined));
  };
  const watcher = watch(dirname(path), { persistent: true }, (_event, name) => {
    if (name === null || name === basename(path)) recheck();
  });
  watcher.on('error', wake.reject);
  const onAbort = (): void => wake.reject(abortedWait(path, signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    recheck();
    await wake.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    watcher.close();
  }
}

function abortedWait(path: string, signal: AbortSignal): Error {
  return new MonovirtError('WaitAborted', `stopped waiting for ${path}`, 'backoff', { cause: signal.reason });
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** True for a file that somebody has finished writing at least a byte to. */
export const isFilled = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.size > 0,
    () => false,
  );
