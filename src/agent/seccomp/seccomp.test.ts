import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { passtProfile } from '../../pod/seccomp.ts';
import { installSeccompProfile } from './install.ts';
import { profileFor } from './profile.ts';

interface Rule {
  names: string[];
  action: string;
  args?: { index: number; value: number; op: string }[];
}
interface Profile {
  defaultAction: string;
  architectures: string[];
  syscalls: Rule[];
}

const profile = (architecture = 'x64'): Profile => JSON.parse(profileFor(architecture)) as Profile;
const rulesOf = (call: string): Rule[] => profile().syscalls.filter(({ names }) => names.includes(call));

for (const { name, call, want } of [
  { name: 'a sandbox of its own', call: 'unshare', want: true },
  { name: 'a root of its own', call: 'pivot_root', want: true },
  { name: 'processes', call: 'clone3', want: true },
  { name: 'no namespaces of others', call: 'setns', want: false },
  { name: 'no programs in the kernel', call: 'bpf', want: false },
  { name: 'no other processes', call: 'ptrace', want: false },
  { name: 'no keys', call: 'keyctl', want: false },
  { name: 'no io_uring', call: 'io_uring_setup', want: false },
  { name: 'no newer calls about mounts', call: 'move_mount', want: false },
]) {
  test(`launchers with passt may use: ${name}`, () => assert.equal(rulesOf(call).length > 0, want));
}

test('what is not named is not permitted', () => {
  assert.equal(profile().defaultAction, 'SCMP_ACT_ERRNO');
  assert.deepEqual(
    [profile('x64').architectures, profile('arm64').architectures],
    [['SCMP_ARCH_X86_64'], ['SCMP_ARCH_AARCH64']],
  );
});

test('sockets of the families that a network namespace does not confine are not permitted', () => {
  const permits = (family: number): boolean =>
    rulesOf('socket').some(({ args = [] }) =>
      args.every(({ value, op }) =>
        op === 'SCMP_CMP_LT' ? family < value : op === 'SCMP_CMP_GT' ? family > value : family === value,
      ),
    );
  assert.deepEqual(
    [1, 2, 10, 16, 38, 39, 40, 41].filter((family) => !permits(family)),
    [38, 40],
  );
});

test('the profile is put in place whole, readable, and once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mvseccomp-'));
  try {
    const file = join(folder, passtProfile);
    await installSeccompProfile(folder, 'x64');
    assert.equal(await readFile(file, 'utf8'), profileFor('x64'));
    const { ino } = await stat(file);
    await installSeccompProfile(folder, 'x64');
    assert.equal((await stat(file)).ino, ino);
    await writeFile(file, 'of another release');
    await installSeccompProfile(folder, 'x64');
    assert.equal(await readFile(file, 'utf8'), profileFor('x64'));
    assert.deepEqual((await readdir(dirname(file))).length, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
