/** Disks that last and disks of files, on a file system of temporary folders. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Disk, Vmi, Volume } from '../../api/types.ts';
import type { VolumeImage } from '../../libvirt/context.ts';
import { pathsIn, podFolders } from '../paths.ts';
import type { Paths } from '../paths.ts';
import { testVmi } from '../testing/vmi.ts';
import { blockSizesOf, deviceNumber } from './block-sizes.ts';
import { claimSize } from './claim-size.ts';
import { driveMetaData, metaData } from './cloud-init.ts';
import { prepareDisks } from './prepare.ts';
import { publicKeys } from './public-keys.ts';
import { fitting } from './room.ts';

let root: string;
let paths: Paths;
const signal = AbortSignal.timeout(60_000);
const mebibyte = 1024 * 1024;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mvv-'));
  const folders = { privateDir: join(root, 'p'), ephemeralDir: join(root, 'e'), blockDir: join(root, 'b') };
  const claimDir = join(root, 'p', 'claims');
  const configDir = join(root, 'p', 'config');
  paths = pathsIn({ ...podFolders, ...folders, claimDir, configDir });
  for (const folder of [...Object.values(folders), claimDir, configDir])
    await mkdir(folder, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const claim = { persistentVolumeClaim: { claimName: 'data' } };
const info = (size: string): Vmi['status'] => ({
  volumeStatus: [
    {
      name: 'vol',
      target: 'vda',
      persistentVolumeClaimInfo: { volumeMode: 'Filesystem', requests: { storage: size } },
    },
  ],
});

interface Case {
  source?: Omit<Volume, 'name'>;
  disk?: Omit<Disk, 'name'>;
  size?: string;
}

async function prepare({
  source = claim,
  disk = { disk: { bus: 'virtio' } },
  size,
}: Case): Promise<VolumeImage> {
  const vmi = testVmi({
    volumes: [{ name: 'vol', ...source }],
    domain: { devices: { disks: [{ name: 'vol', ...disk }] } },
  });
  const world = { paths, view: { procDir: '/proc', uid: 0 }, signal };
  const status = size === undefined ? {} : { status: info(size) };
  const { disks } = await prepareDisks({ ...vmi, ...status }, world);
  assert.ok(disks['vol']);
  return disks['vol'];
}

const image = () => join(paths.claimDir, 'vol', 'disk.img');
async function put(file: string, data: string | Buffer): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
  return file;
}

suite('a claim with a file system', () => {
  beforeEach(() => mkdir(join(paths.claimDir, 'vol')));

  test('gets a disk of its size, once', async () => {
    const made = await prepare({ size: '3500Ki' });
    assert.equal(made.file, image());
    assert.equal(made.format, 'raw');
    assert.ok(made.cache === 'none' || made.cache === 'writethrough');
    const { size, blocks } = await stat(image());
    assert.deepEqual([size, blocks], [3 * mebibyte, 0], 'whole MiB, none of them written');
    await writeFile(image(), 'what a guest wrote', { flag: 'r+' });
    await prepare({ size: '8Mi' });
    assert.equal((await stat(image())).size, 3 * mebibyte);
    assert.match(await readFile(image(), 'latin1'), /^what a guest wrote/);
  });

  test('gets one also after a launcher that ended in the midst of making it', async () => {
    await put(image(), '');
    await prepare({ size: '1Mi' });
    assert.equal((await stat(image())).size, mebibyte);
  });

  test('is raw whatever a guest has written to it', async () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', image()]);
    assert.equal((await prepare({})).format, 'raw');
  });

  test('with all blocks written is used with native I/O where there is direct I/O', async () => {
    await put(image(), Buffer.alloc(mebibyte, 1));
    const { cache, io } = await prepare({});
    assert.equal(io, cache === 'none' ? 'native' : undefined);
    assert.equal((await prepare({ disk: { disk: {}, cache: 'writeback' } })).cache, 'writeback');
  });

  test('that is only read is not written to', async () => {
    await put(image(), Buffer.alloc(512));
    const readonly = { persistentVolumeClaim: { claimName: 'data', readOnly: true } };
    assert.equal((await prepare({ source: readonly })).readonly, true);
    assert.equal((await prepare({ disk: { cdrom: {} } })).readonly, true);
    assert.equal((await prepare({ disk: { disk: { readonly: true } } })).readonly, true);
  });

  test('may be below an overlay', async () => {
    await put(image(), Buffer.alloc(mebibyte));
    const made = await prepare({ source: { ephemeral: claim } });
    assert.deepEqual(made, {
      file: join(paths.ephemeralDir, 'vol.qcow2'),
      format: 'qcow2',
      backing: { file: image(), format: 'raw' },
    });
  });

  test('gives its blocks their size', async () => {
    await put(image(), Buffer.alloc(512));
    const { blockSizes } = await prepare({ disk: { disk: {}, blockSize: { matchVolume: {} } } });
    assert.equal(blockSizes?.logical, blockSizes?.physical);
    assert.ok((blockSizes?.logical ?? 0) >= 512);
  });

  const bad: { name: string; make: () => Promise<unknown>; given?: Case; reason?: string; why: RegExp }[] = [
    {
      name: 'a link',
      make: () => symlink('/etc/passwd', image()),
      given: { size: '1Mi' },
      why: /symbolic link/,
    },
    {
      name: 'a link that leads nowhere',
      make: () => symlink(join(root, 'elsewhere'), image()),
      given: { size: '1Mi' },
      why: /symbolic link/,
    },
    { name: 'a folder', make: () => mkdir(image()), given: { size: '1Mi' }, why: /is a folder/ },
    {
      name: 'a pipe',
      make: async () => execFileSync('mkfifo', [image()]),
      given: { size: '1Mi' },
      why: /not a regular file/,
    },
    {
      name: 'nothing, though it is only read',
      make: async () => undefined,
      given: { size: '1Mi', disk: { cdrom: {} } },
      why: /no such file; write a raw disk image/,
    },
    { name: 'nothing, of unknown size', make: async () => undefined, why: /no such file/ },
    {
      name: 'nothing, and is tiny',
      make: async () => undefined,
      given: { size: '1k' },
      why: /from 1Mi to 8Pi/,
    },
    {
      name: 'nothing, and is far larger than its file system',
      make: async () => undefined,
      given: { size: '4Pi' },
      reason: 'VolumeTooSmall',
      why: /does not fit, only \d+ bytes are free/,
    },
  ];
  for (const { name, make, given = {}, reason = 'VolumeNotUsable', why } of bad) {
    test(`is refused when it holds ${name}`, async () => {
      await make();
      await assert.rejects(prepare(given), (error: Error & { reason?: string }) => {
        assert.equal(error.reason, reason);
        assert.match(error.message, why);
        assert.match(error.message, /^volume vol/);
        return true;
      });
    });
  }
});

suite('a file of the node', () => {
  const hostDisk = (type: string, capacity?: string): Case => ({
    source: { hostDisk: { path: '/data/vm.img', type, ...(capacity === undefined ? {} : { capacity }) } },
  });
  const file = () => join(paths.claimDir, 'vol', 'vm.img');

  test('is made when it may be, and left as it is when it was there', async () => {
    await mkdir(join(paths.claimDir, 'vol'));
    assert.equal((await prepare(hostDisk('DiskOrCreate', '1Mi'))).file, file());
    assert.equal((await stat(file())).size, mebibyte);
    await truncate(file(), 4096);
    await chmod(file(), 0o600);
    await prepare(hostDisk('DiskOrCreate', '1Mi'));
    const { size, mode } = await stat(file());
    assert.deepEqual([size, mode & 0o777], [4096, 0o600]);
  });

  test('has to be there when it may not be made', async () => {
    await mkdir(join(paths.claimDir, 'vol'));
    await assert.rejects(prepare(hostDisk('Disk')), {
      reason: 'VolumeNotUsable',
      message: /vm\.img: there is no/,
    });
  });
});

suite('a disk of files', () => {
  const folder = () => join(paths.configDir, 'vol');
  const listing = (iso: string): string =>
    execFileSync('isoinfo', ['-d', '-i', iso], { encoding: 'utf8' }) +
    execFileSync('isoinfo', ['-R', '-f', '-i', iso], { encoding: 'utf8' });
  /** As the kubelet lays a volume out. */
  const mounted = async (files: Record<string, string>): Promise<void> => {
    for (const [name, data] of Object.entries(files)) await put(join(folder(), '..2026', name), data);
    await symlink('..2026', join(folder(), '..data'));
    for (const name of new Set(Object.keys(files).map((path) => path.split('/')[0] ?? '')))
      await symlink(join('..data', name), join(folder(), name));
  };

  const rows: {
    name: string;
    source: Omit<Volume, 'name'>;
    files: Record<string, string>;
    holds: RegExp[];
  }[] = [
    {
      name: 'configMap',
      source: { configMap: { name: 'c' } },
      files: { 'app.properties': 'a=b' },
      holds: [/Volume id: cfgdata/, /^\/app\.properties$/m],
    },
    {
      name: 'secret with a label',
      source: { secret: { secretName: 's', volumeLabel: 'keys' } },
      files: { token: 'x' },
      holds: [/Volume id: keys/, /^\/token$/m],
    },
    {
      name: 'serviceAccount',
      source: { serviceAccount: { serviceAccountName: 'a' } },
      files: { token: 'x', 'ca.crt': 'y', namespace: 'z' },
      holds: [/Volume id: cfgdata/, /^\/ca\.crt$/m, /^\/namespace$/m],
    },
    {
      name: 'downwardAPI with a folder',
      source: { downwardAPI: { fields: [] } },
      files: { 'meta/labels': 'a="b"' },
      holds: [/^\/meta\/labels$/m],
    },
    {
      name: 'keys that look like options, and the longest there are',
      source: { configMap: { name: 'c' } },
      files: { '-rf': 'x', [`${'k'.repeat(249)}.txt`]: 'y' },
      holds: [/^\/-rf$/m, /^\/k{249}\.txt$/m],
    },
    {
      name: 'sysprep',
      source: { sysprep: { configMap: { name: 'c' } } },
      files: { 'Autounattend.xml': '<xml/>' },
      holds: [/Volume id: unattendCD/, /^\/Autounattend\.xml$/m],
    },
    {
      name: 'cloudInitConfigDrive',
      source: { cloudInitConfigDrive: { secretRef: { name: 's' }, networkData: '{}' } },
      files: { userdata: '#cloud-config' },
      holds: [
        /Volume id: config-2/,
        /^\/openstack\/latest\/meta_data\.json$/m,
        /^\/openstack\/latest\/user_data$/m,
        /^\/openstack\/latest\/network_data\.json$/m,
      ],
    },
  ];
  for (const { name, source, files, holds } of rows) {
    test(name, async () => {
      await mounted(files);
      const { file, format } = await prepare({ source });
      assert.equal(format, 'raw');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const text = listing(file);
      for (const pattern of holds) assert.match(text, pattern);
      assert.doesNotMatch(text, /\.\.data|2026/, 'nothing of how the kubelet keeps it');
    });
  }

  test('of an optional source that is not there is empty', async () => {
    await mkdir(folder());
    const { file } = await prepare({ source: { configMap: { name: 'c', optional: true } } });
    assert.match(listing(file), /Volume id: cfgdata/);
  });

  test('sysprep without an answer file says which keys there must be', async () => {
    await mounted({ 'other.xml': '' });
    await assert.rejects(prepare({ source: { sysprep: { configMap: { name: 'c' } } } }), {
      reason: 'SysprepInvalid',
      message: /autounattend\.xml, unattend\.xml/,
    });
  });
});

test('SSH keys of secrets reach the guest by the data source that was named', async () => {
  const keysDir = join(root, 'keys');
  await put(join(keysDir, 'team', 'ann'), 'ssh-ed25519 ann\n');
  await put(join(keysDir, 'team', 'bob'), 'ssh-ed25519 bob');
  const vmi = testVmi({
    accessCredentials: [
      { sshPublicKey: { source: { secret: { secretName: 'team' } }, propagationMethod: { noCloud: {} } } },
    ],
  });
  const keys = await publicKeys(vmi, 'noCloud', keysDir);
  assert.deepEqual(keys, { 0: 'ssh-ed25519 ann', 1: 'ssh-ed25519 bob' });
  assert.deepEqual(await publicKeys(vmi, 'configDrive', keysDir), {});
  assert.deepEqual(JSON.parse(metaData(vmi, keys))['public-keys'], keys);
  assert.deepEqual(JSON.parse(driveMetaData(vmi, keys)).public_keys, keys);
});

test('sizes: the smaller of what there is and what was asked for, in whole MiB', () => {
  const size = (capacity?: string, requested?: string) =>
    claimSize('vol', {
      ...(capacity === undefined ? {} : { capacity: { storage: capacity } }),
      ...(requested === undefined ? {} : { requests: { storage: requested } }),
    });
  assert.equal(size('2Gi', '1Gi'), 1024 * mebibyte);
  assert.equal(size('1Gi', '2Gi'), 1024 * mebibyte);
  assert.equal(size(undefined, '2.5Mi'), 2 * mebibyte);
  assert.throws(() => size(), { reason: 'VolumeNotUsable' });
});

test('a disk may be a tenth smaller than asked, in whole sectors', () => {
  assert.equal(fitting(1000n, 1000n), 1000n);
  assert.equal(fitting(100_000n, 91_000n), 90_624n);
  assert.equal(fitting(100_000n, 89_999n), undefined);
  assert.equal(fitting(1n, -5n), undefined);
});

test('block sizes of a device and of a partition', async () => {
  assert.equal(deviceNumber(0x801), '8:1');
  assert.equal(deviceNumber(0x10010300), '259:65536');
  const sys = join(root, 'sys');
  const device = deviceNumber((await stat('/dev/null')).rdev);
  for (const [fact, value] of Object.entries({ logical_block_size: 4096, physical_block_size: 512 }))
    await put(join(sys, 'disk', 'queue', fact), `${value}\n`);
  await mkdir(join(sys, 'disk', 'part'));
  await symlink(join('disk', 'part'), join(sys, device));
  const sizes = await blockSizesOf({ file: '/dev/null', block: true }, sys);
  assert.deepEqual(sizes, { logical: 4096, physical: 4096, discardGranularity: 0 });
});
