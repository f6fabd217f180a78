import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { baseKey, debian } from './base.ts';
import { cacheDirectory } from '../support/cache-directory.ts';
import { keyOf, keyOfFiles } from './cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'monovirt-cache-'));
after(() => rmSync(directory, { recursive: true }));

describe('cacheDirectory', () => {
  for (const { name, env, want } of [
    { name: 'its own variable wins', env: { MONOVIRT_CACHE: '/c', XDG_CACHE_HOME: '/x' }, want: '/c' },
    { name: 'then the user’s cache', env: { XDG_CACHE_HOME: '/x' }, want: '/x/monovirt' },
  ]) {
    test(name, () => assert.equal(cacheDirectory(env), want));
  }
});

test('keyOf tells parts apart wherever they are cut', () => {
  assert.notEqual(keyOf(['ab', 'c']), keyOf(['a', 'bc']));
  assert.equal(keyOf(['ab', 'c']), keyOf([Buffer.from('ab'), 'c']));
});

describe('the key of the base layer', () => {
  const root = join(import.meta.dirname, '../..');
  const copy = join(directory, 'copy');
  cpSync(join(root, 'image'), join(copy, 'image'), { recursive: true });

  test('is the same in another place', async () => {
    assert.equal(await baseKey(copy, debian), await baseKey(root, debian));
  });
  test('changes with the release and the mirror', async () => {
    const key = await baseKey(root, debian);
    assert.notEqual(await baseKey(root, { ...debian, release: 'bookworm' }), key);
    assert.notEqual(await baseKey(root, { ...debian, mirror: 'http://mirror.example/debian' }), key);
  });
  test('does not change with the test guests', async () => {
    const key = await baseKey(copy, debian);
    writeFileSync(join(copy, 'image/guest/build.sh'), 'changed');
    assert.equal(await baseKey(copy, debian), key);
  });
  for (const file of ['packages.txt', 'rootfs.sh', 'trim.sh', 'rootfs/etc/passwd']) {
    test(`changes with ${file}`, async () => {
      const key = await baseKey(copy, debian);
      writeFileSync(join(copy, 'image', file), 'changed');
      assert.notEqual(await baseKey(copy, debian), key);
    });
  }
});

test('keyOfFiles sees a file that moves', async () => {
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  mkdirSync(join(one, 'd'), { recursive: true });
  mkdirSync(join(two, 'd'), { recursive: true });
  writeFileSync(join(one, 'd/a'), 'x');
  writeFileSync(join(two, 'd/b'), 'x');
  assert.notEqual(await keyOfFiles(one, ['d'], []), await keyOfFiles(two, ['d'], []));
});
