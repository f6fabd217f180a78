import assert from 'node:assert/strict';
import test from 'node:test';
import { goIsNewEnough } from './binaries.ts';
import { parseCgroupMounts } from './cgroups.ts';
import { mountsBelow } from './down.ts';
import { hasAll, imagesOfIndex } from './images.ts';
import { parseStat } from './procfs.ts';
import { isCommandLine } from './strays.ts';

test('stat: a program name with spaces and brackets', () => {
  const fields = Array.from({ length: 50 }, (_, i) => String(i + 3));
  fields[0] = 'S';
  fields[1] = '7';
  const stat = parseStat(`42 (a) b (c)) ${fields.join(' ')}\n`);
  assert.deepEqual(stat, { state: 'S', parent: 7, startTime: '22' });
});

test('cgroup mounts: both versions, each place once', () => {
  const table = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`;
  assert.deepEqual(parseCgroupMounts(table), [
    { path: '/sys/fs/cgroup/cpu', version: 1 },
    { path: '/sys/fs/cgroup/unified', version: 2 },
  ]);
});

test('mounts below a folder: not those of a neighbour with a longer name', () => {
  const table = 'a /state ext4 rw 0 0\nb /state/x tmpfs rw 0 0\nc /state-1/x tmpfs rw 0 0\n';
  assert.deepEqual(mountsBelow(table, '/state'), ['/state', '/state/x']);
});

const image = { name: 'localhost/a:1', digest: 'sha256:aa' };

test('archive index: names and digests', () => {
  const manifests = [
    { digest: image.digest, annotations: { 'io.containerd.image.name': image.name } },
    { digest: 'sha256:bb' },
  ];
  assert.deepEqual(imagesOfIndex(JSON.stringify({ manifests })), [image]);
  assert.deepEqual(imagesOfIndex('{}'), []);
});

for (const row of [
  { name: 'there', listing: 'REF TYPE DIGEST\nlocalhost/a:1 x sha256:aa 2 MiB\n', want: true },
  { name: 'other digest', listing: 'REF TYPE DIGEST\nlocalhost/a:1 x sha256:ab 2 MiB\n', want: false },
  { name: 'other name', listing: 'REF TYPE DIGEST\nlocalhost/a:10 x sha256:aa 2 MiB\n', want: false },
]) {
  test(`image listing: ${row.name}`, () => assert.equal(hasAll(row.listing, [image]), row.want));
}

for (const [line, want] of [
  ['go version go1.26.8 linux/amd64', true],
  ['go version go1.24 linux/amd64', true],
  ['go version go2.0 linux/amd64', true],
  ['go version go1.19.8 linux/amd64', false],
  ['', false],
] as const) {
  test(`Go: ${line === '' ? 'missing' : line}`, () => assert.equal(goIsNewEnough(line), want));
}

for (const row of [
  { name: 'the same', cmdline: 'etcd\0--a b\0', want: true },
  { name: 'a shell that will become it', cmdline: 'sh\0-c\0x\0etcd\0--a b\0', want: true },
  { name: 'another program', cmdline: 'my-etcd\0--a b\0', want: false },
  { name: 'more arguments', cmdline: 'etcd\0--a b\0--c\0', want: false },
  { name: 'a kernel thread', cmdline: '', want: false },
]) {
  test(`command line: ${row.name}`, () =>
    assert.equal(isCommandLine(row.cmdline, ['etcd', '--a b']), row.want));
}
