/** koffi is found from a source tree, and by a bundle that has nothing but the addon beside it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { LibvirtError } from '../errors.ts';
import { addonVariable, loadKoffi } from './koffi.ts';

const addon = join(
  dirname(createRequire(import.meta.url).resolve(`@koromix/koffi-linux-${process.arch}/package.json`)),
  `linux_${process.arch}/koffi.node`,
);

test('loads from a source tree', async () => {
  const koffi = await loadKoffi({});
  assert.equal(koffi.load('libc.so.6').func('int abs(int x)')(-7), 7);
});

test('loads from a bundle in another folder, with the addon named by environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mv-koffi-'));
  try {
    const file = join(folder, 'koffi.node');
    await copyFile(addon, file);
    const code = `import { loadKoffi } from './koffi.ts';
      loadKoffi().then((koffi) => console.log(koffi.load('libc.so.6').func('int abs(int x)')(-42)));`;
    await build({
      stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['koffi'],
      outfile: join(folder, 'bundle.cjs'),
      logLevel: 'error',
    });
    const env = { PATH: process.env['PATH'], [addonVariable]: file };
    const { stdout } = await promisify(execFile)(process.execPath, ['bundle.cjs'], { cwd: folder, env });
    assert.equal(stdout, '42\n');
    const bare = promisify(execFile)(process.execPath, ['bundle.cjs'], {
      cwd: folder,
      env: { ...env, [addonVariable]: '/none' },
    });
    await assert.rejects(bare, /KoffiUnavailable/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('says which file it wanted', async () => {
  await assert.rejects(
    loadKoffi({ [addonVariable]: '/nowhere/koffi.node' }),
    (error) =>
      error instanceof LibvirtError &&
      error.reason === 'KoffiUnavailable' &&
      error.message.includes('/nowhere/koffi.node'),
  );
});
