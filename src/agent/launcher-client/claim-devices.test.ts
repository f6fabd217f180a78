import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, stat, symlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { claimDevices } from './claim-devices.ts';

const asRoot = process.getuid?.() === 0;
let root: string;
let handle: FileHandle;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mvd-'));
  await mkdir(join(root, 'dev/volumes'), { recursive: true });
  handle = await open(root, 'r');
});
afterEach(async () => {
  await handle.close();
  await rm(root, { recursive: true });
});

const node = (name: string, type: 'b' | 'c', major: number, minor: number): string => {
  const path = join(root, 'dev', name);
  execFileSync('mknod', ['-m', '600', path, type, String(major), String(minor)]);
  return path;
};
const ownerOf = async (path: string): Promise<number> => (await stat(path)).uid;

suite('device nodes of a container', { skip: asRoot ? false : 'only root makes device nodes' }, () => {
  test('that a launcher may hold are given to its user', async () => {
    const kvm = node('kvm', 'c', 10, 232);
    const claim = node('volumes/data', 'b', 7, 0);
    await claimDevices(handle.fd, '/nonexistent');
    assert.deepEqual([await ownerOf(kvm), await ownerOf(claim)], [107, 107]);
  });

  test('of others, files and links are left alone', async () => {
    const other = node('sda', 'b', 8, 0);
    const character = node('volumes/null', 'c', 1, 3);
    const file = join(root, 'dev/volumes/file');
    await writeFile(file, '');
    await symlink(other, join(root, 'dev/volumes/link'));
    await claimDevices(handle.fd, '/nonexistent');
    assert.deepEqual(await Promise.all([other, character, file].map(ownerOf)), [0, 0, 0]);
  });

  test("on the host's own file system of devices are left alone", async () => {
    const claim = node('volumes/data', 'b', 7, 0);
    await claimDevices(handle.fd, root);
    assert.equal(await ownerOf(claim), 0);
  });

  test('that are not what their names say are refused', async () => {
    node('kvm', 'c', 1, 3);
    await assert.rejects(claimDevices(handle.fd, '/nonexistent'), { reason: 'UnsafeDevice' });
  });

  test('in a folder that is a link are not looked for', async () => {
    const elsewhere = node('sda', 'b', 8, 0);
    await rm(join(root, 'dev/volumes'), { recursive: true });
    await symlink(join(root, 'dev'), join(root, 'dev/volumes'));
    await claimDevices(handle.fd, '/nonexistent');
    assert.equal(await ownerOf(elsewhere), 0);
  });
});
