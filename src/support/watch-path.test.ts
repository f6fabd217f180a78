import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { until } from '../kube/testing/until.ts';
import { isFilled } from './files.ts';
import { waitForPath, watchPath } from './watch-path.ts';

describe('watching a path', () => {
  test('sees it made with all its directories, removed with them, and made again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'watch-'));
    const path = join(dir, 'a/b/c');
    const stop = new AbortController();
    let looks = 0;
    const watching = watchPath(path, () => (looks += 1), stop.signal);
    const make = async (): Promise<void> => {
      await mkdir(join(dir, 'a/b'), { recursive: true });
      await writeFile(path, '');
      await waitForPath(path, stop.signal);
    };
    await make();
    await until(() => looks > 0, 'made');
    await rm(join(dir, 'a'), { recursive: true });
    const before = looks;
    await make();
    await until(() => looks > before, 'made again');
    stop.abort();
    await watching;
    await rm(dir, { recursive: true });
  });
});

describe('waiting for a path', () => {
  test('goes on until it is ready', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wait-'));
    const path = join(dir, 'file');
    let looks = 0;
    const filled = (file: string): Promise<boolean> => isFilled(file).finally(() => (looks += 1));
    const waiting = waitForPath(path, AbortSignal.timeout(10_000), filled);
    await writeFile(path, '');
    await until(() => looks > 0, 'a look');
    await writeFile(path, 'x');
    await waiting;
    await rm(dir, { recursive: true });
  });

  test('ends with why it was given up', async () => {
    const stop = new AbortController();
    const waiting = waitForPath(join(tmpdir(), 'is-never-made/a'), stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, { reason: 'WaitAborted', message: /enough/ });
  });
});
