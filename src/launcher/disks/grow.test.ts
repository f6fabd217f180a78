/** Disks that become larger, on a file system of temporary folders. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Disk, Vmi, Volume } from '../../api/types.ts';
import type { Logger } from '../../support/log.ts';
import { testVmi } from '../testing/vmi.ts';
import type { ClaimInfo } from './claim-size.ts';
import { growAtStart, growDisks } from './grow.ts';
import { grownSize } from './grown-size.ts';

const mebibyte = 1024 * 1024;
const signal = AbortSignal.timeout(60_000);
const info = (change: ClaimInfo = {}): ClaimInfo => ({
  filesystemOverhead: '0',
  requests: { storage: '3Mi' },
  capacity: { storage: '4Mi' },
  ...change,
});

suite('a grown disk', () => {
  const rows: [string, ClaimInfo, number, number][] = [
    ['has what was asked for', info(), 1 << 30, 3],
    ['has what there is, when that is less', info({ requests: { storage: '9Mi' } }), 1 << 30, 4],
    ['leaves the file system its share', info({ filesystemOverhead: '0.34' }), 1 << 30, 1],
    ['is no larger than what is free', info(), 2.5 * mebibyte, 2],
    ['is none while no overhead is known', { requests: { storage: '3Mi' } }, 1 << 30, 0],
    ['is none with an overhead of all', info({ filesystemOverhead: '1' }), 1 << 30, 0],
    ['is none with an overhead that is no number', info({ filesystemOverhead: 'x' }), 1 << 30, 0],
    ['is none while no size is known', { filesystemOverhead: '0' }, 1 << 30, 0],
    [
      'is exact where sizes are large',
      info({ requests: { storage: '2Ti' }, capacity: {} }),
      2 ** 50,
      2 ** 21,
    ],
  ];
  for (const [name, given, usable, wanted] of rows) {
    test(name, () => assert.equal(grownSize('data', given, usable), wanted * mebibyte));
  }
});

suite('a disk of a claim', () => {
  let root: string;
  let resized: string[];
  /** What QEMU has open. */
  let opened: number;
  let logged: string[];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (message) => void logged.push(message),
    error() {},
    child: () => log,
  };
  const image = () => join(root, 'claims', 'data', 'disk.img');

  beforeEach(async () => {
    [resized, logged, opened] = [[], [], mebibyte];
    root = await mkdtemp(join(tmpdir(), 'mvg-'));
    await mkdir(join(root, 'claims', 'data'), { recursive: true });
    await mkdir(join(root, 'devices'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const claim: Omit<Volume, 'name'> = { persistentVolumeClaim: { claimName: 'c' } };
  const vmiOf = (
    given: ClaimInfo,
    source = claim,
    disk: Omit<Disk, 'name'> = { disk: { bus: 'virtio' } },
  ): Vmi => ({
    ...testVmi({
      volumes: [{ name: 'data', ...source }],
      domain: { devices: { disks: [{ name: 'data', ...disk }] } },
    }),
    status: { volumeStatus: [{ name: 'data', target: 'vda', persistentVolumeClaimInfo: given }] },
  });
  const grow = (
    vmi: Vmi,
    resize = (target: string, bytes: number) => void resized.push(`${target} ${bytes}`),
  ) =>
    growDisks(vmi, {
      paths: { claimDir: join(root, 'claims'), blockDir: join(root, 'devices') },
      disks: { bytes: async () => opened, resize: async (target, bytes) => resize(target, bytes) },
      log,
      sysDir: join(root, 'sys'),
    });

  test('grows under its guest, and is left alone when it is large enough', async () => {
    await writeFile(image(), Buffer.alloc(mebibyte));
    assert.deepEqual(await grow(vmiOf(info())), ['data']);
    assert.deepEqual(resized, [`vda ${3 * mebibyte}`]);
    opened = 3 * mebibyte;
    await writeFile(image(), Buffer.alloc(opened));
    assert.deepEqual(await grow(vmiOf(info())), []);
    assert.equal(resized.length, 1);
  });

  test('does not shrink under its guest when another file takes its place', async () => {
    await writeFile(image(), Buffer.alloc(mebibyte));
    opened = 5 * mebibyte;
    assert.deepEqual(await grow(vmiOf(info())), []);
    assert.deepEqual(resized, []);
  });

  test('grows when another pod has made its file larger', async () => {
    await writeFile(image(), Buffer.alloc(3 * mebibyte));
    assert.deepEqual(await grow(vmiOf(info())), ['data']);
    assert.deepEqual(resized, [`vda ${3 * mebibyte}`]);
  });

  test('keeps what its file has beyond its claim', async () => {
    await writeFile(image(), Buffer.alloc(4 * mebibyte));
    assert.deepEqual(await grow(vmiOf(info())), []);
    assert.deepEqual(resized, []);
  });

  test('that is a device grows to what the kernel says', async () => {
    const { rdev } = await stat('/dev/null');
    await symlink('/dev/null', join(root, 'devices', 'data'));
    const described = join(root, 'sys', `${rdev >> 8}:${rdev & 0xff}`);
    await mkdir(described, { recursive: true });
    await writeFile(join(described, 'size'), '4096\n');
    assert.deepEqual(await grow(vmiOf(info({ volumeMode: 'Block' }))), ['data']);
    assert.deepEqual(resized, [`vda ${2 * mebibyte}`]);
  });

  const kept: [string, Vmi][] = [
    ['read only', vmiOf(info(), claim, { disk: { readonly: true } })],
    [
      'on a claim that is read only',
      vmiOf(info(), { persistentVolumeClaim: { claimName: 'c', readOnly: true } }),
    ],
    ['in a CD-ROM drive', vmiOf(info(), claim, { cdrom: {} })],
    ['of a SCSI LUN', vmiOf(info(), claim, { lun: {} })],
    ['below an overlay', vmiOf(info(), { ephemeral: { persistentVolumeClaim: { claimName: 'c' } } })],
  ];
  for (const [name, vmi] of kept) {
    test(`${name} stays as it is`, async () => {
      await writeFile(image(), Buffer.alloc(mebibyte));
      assert.deepEqual(await grow(vmi), []);
      assert.deepEqual([resized, logged], [[], []]);
    });
  }

  test('that cannot grow is said to', async () => {
    await writeFile(image(), Buffer.alloc(mebibyte));
    const refuse = () => {
      throw new Error('no');
    };
    assert.deepEqual(await grow(vmiOf(info()), refuse), []);
    await rm(image());
    await symlink('/etc/passwd', image());
    assert.deepEqual(await grow(vmiOf(info())), []);
    assert.deepEqual(logged, ['a disk cannot grow', 'a disk cannot grow']);
  });

  const atStart = (given: ClaimInfo) =>
    growAtStart(join(root, 'claims', 'data'), { volume: 'data', info: given }, signal);

  test('grows before its guest starts, sparse, and keeps what it holds', async () => {
    await writeFile(image(), 'kept'.padEnd(mebibyte));
    await atStart(info());
    const { size, blocks } = await stat(image());
    assert.equal(size, 3 * mebibyte);
    assert.ok(blocks * 512 < 2 * mebibyte);
    await atStart(info({ requests: { storage: '1Mi' } }));
    assert.equal((await stat(image())).size, 3 * mebibyte, 'never smaller');
  });

  test('whose blocks were written ahead gets more of them', async () => {
    await writeFile(image(), Buffer.alloc(mebibyte));
    await atStart(info({ preallocated: true }));
    const { size, blocks } = await stat(image());
    assert.equal(size, 3 * mebibyte);
    assert.ok(blocks * 512 >= size);
  });

  test('that is a link is not followed, and is no reason not to start', async () => {
    const other = join(root, 'other');
    await writeFile(other, Buffer.alloc(mebibyte));
    await symlink(other, image());
    await atStart(info());
    assert.equal((await stat(other)).size, mebibyte);
  });
});
