import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { MonovirtError } from '../support/errors.ts';
import { writeTar, type TarEntry } from './tar.ts';

const directory = mkdtempSync(join(tmpdir(), 'monovirt-tar-'));
after(() => rmSync(directory, { recursive: true }));

async function tar(entries: TarEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeTar(entries)));
}

/** What GNU tar reads, one line an entry. */
function list(bytes: Buffer): string[] {
  const out = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', '-'], {
    input: bytes,
    encoding: 'utf8',
  });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '));
}

describe('writeTar', () => {
  test('GNU tar reads type, mode, owner, size, time and path back', async () => {
    const bytes = await tar([
      { type: 'directory', path: 'disk' },
      { type: 'file', path: 'disk/a', mode: 0o4750, uid: 107, gid: 108, content: Buffer.from('hello') },
      { type: 'symlink', path: 'disk/b', target: 'a' },
    ]);
    assert.deepEqual(list(bytes), [
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 disk/',
      '-rwsr-x--- 107/108 5 1970-01-01 00:00 disk/a',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 disk/b -> a',
    ]);
  });

  test('a file on disk gives the same bytes whatever its time is', async () => {
    const file = join(directory, 'content');
    writeFileSync(file, Buffer.alloc(3_000_000, 'x'));
    const entry: TarEntry = { type: 'file', path: 'x', content: { file } };
    const first = await tar([entry]);
    utimesSync(file, 1, 1);
    assert.ok(first.equals(await tar([entry])));
    assert.ok(first.equals(await tar([{ ...entry, content: Buffer.alloc(3_000_000, 'x') }])));
  });

  test('sizes are padded to whole blocks and two zero blocks end the archive', async () => {
    for (const [size, blocks] of [
      [0, 3],
      [1, 4],
      [512, 4],
      [513, 5],
    ] as const) {
      const bytes = await tar([{ type: 'file', path: 'f', content: Buffer.alloc(size, 1) }]);
      assert.equal(bytes.length, blocks * 512, `content of ${size} bytes`);
    }
  });

  test('a long path is split at a slash and read back whole', async () => {
    const path = `${'d'.repeat(80)}/${'e'.repeat(60)}/${'f'.repeat(90)}`;
    const [line] = list(await tar([{ type: 'file', path, content: Buffer.alloc(0) }]));
    assert.ok(line?.endsWith(path));
  });

  const bad: { name: string; entry: TarEntry }[] = [
    { name: 'absolute path', entry: { type: 'directory', path: '/etc' } },
    { name: 'path that leaves the archive', entry: { type: 'directory', path: 'a/../../b' } },
    { name: 'name longer than the format holds', entry: { type: 'directory', path: 'n'.repeat(101) } },
    {
      name: 'link target longer than the format holds',
      entry: { type: 'symlink', path: 'a', target: 't'.repeat(101) },
    },
  ];
  for (const { name, entry } of bad) {
    test(`refuses a ${name}`, async () => {
      await assert.rejects(tar([entry]), (error: MonovirtError) => error.reason === 'InvalidTarEntry');
    });
  }
});
