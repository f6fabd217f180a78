/** Disks against a file system of temporary folders, with processes that are only files. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { hostnameOf } from '../../pod/names.ts';
import { pathsIn, podFolders } from '../paths.ts';
import type { Paths } from '../paths.ts';
import { testVmi } from '../testing/vmi.ts';
import { metaData, noCloudFiles } from './cloud-init.ts';
import { readBounded } from './config-files.ts';
import { findImage } from './container-disk.ts';
import { sideContainerRoot } from './hold.ts';
import { prepareDisks } from './prepare.ts';

let root: string;
let paths: Paths;
const uid = process.getuid?.() ?? 0;
const signal = AbortSignal.timeout(60_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mvk-'));
  const [privateDir, ephemeralDir, containerDiskDir] = [join(root, 'p'), join(root, 'e'), join(root, 'c')];
  for (const folder of [privateDir, ephemeralDir, containerDiskDir, join(root, 'proc')]) await mkdir(folder);
  paths = pathsIn({
    ...podFolders,
    privateDir,
    ephemeralDir,
    containerDiskDir,
    configDir: join(privateDir, 'config'),
  });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (file: string, data: string | Buffer): Promise<string> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
  return file;
};
const view = () => ({ procDir: join(root, 'proc'), uid });
const fakeProcess = async (pid: number, cmdline: string): Promise<string> => {
  await put(join(root, 'proc', String(pid), 'cmdline'), cmdline);
  return join(root, 'proc', String(pid), 'root');
};
const holdOf = (volume: string) => `/.monovirt/hold\0/.monovirt-run/${volume}\0`;
const sector = Buffer.alloc(512);

suite('the image of a container disk', () => {
  const rows: {
    name: string;
    make: (image: string) => Promise<unknown>;
    path?: string;
    found?: string;
    why?: RegExp;
  }[] = [
    {
      name: 'the only file in /disk',
      make: (image) => put(join(image, 'disk/any.img'), sector),
      found: 'disk/any.img',
    },
    {
      name: 'a path',
      make: (image) => put(join(image, 'a/b.img'), sector),
      path: '/a/b.img',
      found: 'a/b.img',
    },
    {
      name: 'no /disk',
      make: (image) => mkdir(image, { recursive: true }),
      why: /does not exist in the image/,
    },
    {
      name: 'an empty /disk',
      make: (image) => mkdir(join(image, 'disk'), { recursive: true }),
      why: /is empty/,
    },
    {
      name: 'two files in /disk',
      make: async (image) => [
        await put(join(image, 'disk/a'), sector),
        await put(join(image, 'disk/b'), sector),
      ],
      why: /holds 2 files.*containerDisk\.path/,
    },
    {
      name: 'a path that climbs',
      make: (image) => put(join(image, 'x'), sector),
      path: '../x',
      why: /without "\.\."/,
    },
    {
      name: 'a link as the file',
      make: async (image) => {
        await mkdir(join(image, 'disk'), { recursive: true });
        await symlink('/etc/passwd', join(image, 'disk/a'));
      },
      why: /symbolic link/,
    },
    {
      name: 'a link as a folder',
      make: async (image) => {
        await mkdir(image, { recursive: true });
        await symlink('/etc', join(image, 'disk'));
      },
      path: '/disk/passwd',
      why: /symbolic link/,
    },
    {
      name: 'a folder instead of a file',
      make: (image) => mkdir(join(image, 'disk/a'), { recursive: true }),
      why: /not a regular file/,
    },
    {
      name: 'a pipe, without waiting for a writer',
      make: async (image) => {
        await mkdir(join(image, 'disk'), { recursive: true });
        execFileSync('mkfifo', [join(image, 'disk/a')]);
      },
      why: /not a regular file/,
    },
    { name: 'something too short', make: (image) => put(join(image, 'disk/a'), 'x'), why: /1 bytes long/ },
  ];
  for (const { name, make, path, found, why } of rows) {
    test(name, async () => {
      const image = join(root, 'image');
      await make(image);
      if (found !== undefined) {
        assert.deepEqual(await findImage(image, 'vol', path), { file: join(image, found), format: 'raw' });
        return;
      }
      await assert.rejects(findImage(image, 'vol', path), (error: Error & { reason?: string }) => {
        assert.equal(error.reason, 'ContainerDiskInvalid');
        assert.match(error.message, why ?? /^$/);
        assert.match(error.message, /volume vol/);
        return true;
      });
    });
  }

  test(
    'an unreadable one names the remedy',
    { skip: uid === 0 ? 'root reads everything' : false },
    async () => {
      await chmod(await put(join(root, 'image/disk/a'), sector), 0);
      await assert.rejects(findImage(join(root, 'image'), 'vol'), /chown 107:107/);
    },
  );
});

suite('the helper of a side container', () => {
  const find = (volume: string) =>
    sideContainerRoot(paths.containerDiskDir, volume, { view: view(), signal });
  test('is waited for', async () => {
    const expected = await fakeProcess(42, holdOf('vol'));
    const found = find('vol');
    await writeFile(join(paths.containerDiskDir, 'other'), '1\n');
    await writeFile(join(paths.containerDiskDir, 'vol'), '42\n');
    assert.equal(await found, expected);
  });
  const bad: [string, string, string][] = [
    ['another program', '42', '/bin/sh\0/.monovirt-run/vol\0'],
    ['the helper of another volume', '42', holdOf('other')],
    ['no process', '43', holdOf('vol')],
    ['no number', '42; rm', holdOf('vol')],
    ['a way out of /proc', '../42', holdOf('vol')],
    ['everything', '-1', holdOf('vol')],
  ];
  for (const [name, pid, cmdline] of bad) {
    test(`refuses ${name}`, async () => {
      await fakeProcess(42, cmdline);
      await writeFile(join(paths.containerDiskDir, 'vol'), pid);
      await assert.rejects(find('vol'), { reason: 'ContainerDiskInvalid' });
    });
  }
  test('refuses a process of another user', async () => {
    await fakeProcess(42, holdOf('vol'));
    await writeFile(join(paths.containerDiskDir, 'vol'), '42');
    const other = { view: { ...view(), uid: uid + 1 }, signal };
    await assert.rejects(sideContainerRoot(paths.containerDiskDir, 'vol', other), {
      reason: 'ContainerDiskInvalid',
    });
  });
  test('is not waited for any more once the VM is stopped', async () => {
    const stop = new AbortController();
    const found = sideContainerRoot(paths.containerDiskDir, 'vol', { view: view(), signal: stop.signal });
    stop.abort();
    await assert.rejects(found, { reason: 'WaitAborted' });
  });
});

suite('cloud-init', () => {
  test('meta-data keeps its instance id over restarts of a VM', () => {
    const vmi = testVmi();
    const restarted = { ...vmi, metadata: { ...vmi.metadata, uid: 'another' } };
    assert.equal(metaData(vmi), metaData(restarted));
    assert.deepEqual(JSON.parse(metaData(vmi)), {
      'instance-id': 'testvm.default',
      'local-hostname': 'testvm',
    });
  });
  test('host names: the spec first, one label, at most 63 characters', () => {
    const named = (name: string, hostname?: string) =>
      hostnameOf({
        ...testVmi(hostname === undefined ? {} : { hostname }),
        metadata: { ...testVmi().metadata, name },
      });
    assert.equal(named('a.b'), 'a');
    assert.equal(named('a', 'spec'), 'spec');
    assert.equal(named(`${'x'.repeat(62)}-y`), 'x'.repeat(62));
  });
  test('files from text, base64 and secrets', async () => {
    const secrets = join(root, 'secret');
    await put(join(secrets, '..data_1/userdata'), 'from the secret');
    await symlink('..data_1', join(secrets, '..data'));
    await symlink('..data/userdata', join(secrets, 'userdata'));
    await put(join(secrets, 'networkData'), 'net');
    const files = async (source: object) => {
      const made = await noCloudFiles(testVmi(), { source, secretDir: secrets });
      return [made['user-data']?.toString(), made['network-config']?.toString()];
    };
    assert.deepEqual(await files({ userData: 'text' }), ['text', undefined]);
    assert.deepEqual(await files({ userDataBase64: 'dGV4dA==', networkData: 'n' }), ['text', 'n']);
    assert.deepEqual(await files({ secretRef: { name: 's' }, networkDataSecretRef: { name: 's' } }), [
      'from the secret',
      'net',
    ]);
  });
  test('a secret without the key says which', async () => {
    await mkdir(join(root, 'secret'));
    const source = { secretRef: { name: 's' } };
    await assert.rejects(noCloudFiles(testVmi(), { source, secretDir: join(root, 'secret') }), {
      reason: 'CloudInitInvalid',
      message: /userdata, userData/,
    });
  });
  test('a secret cannot lead out of its volume, nor be without bound', async () => {
    await put(join(root, 'secret/big'), Buffer.alloc(2000));
    await symlink('/etc/passwd', join(root, 'secret/userdata'));
    await assert.rejects(readBounded(join(root, 'secret'), 'userdata', 100_000), {
      reason: 'ConfigFileInvalid',
    });
    await assert.rejects(readBounded(join(root, 'secret'), 'big', 1999), { reason: 'ConfigFileInvalid' });
    assert.equal((await readBounded(join(root, 'secret'), 'big', 2000))?.length, 2000);
  });
});

test('prepares every disk of a VMI, and again without touching what a guest wrote', async () => {
  const image = await fakeProcess(42, holdOf('os'));
  await put(join(image, 'disk/os.img'), Buffer.alloc(1024 * 1024));
  const boot = await fakeProcess(43, holdOf('kernel-boot'));
  await put(join(boot, 'boot/vmlinuz'), 'kernel');
  await writeFile(join(paths.containerDiskDir, 'os'), '42\n');
  await writeFile(join(paths.containerDiskDir, 'kernel-boot'), '43\n');
  const vmi = testVmi({
    domain: {
      devices: {},
      firmware: { kernelBoot: { container: { image: 'i', kernelPath: '/boot/vmlinuz' } } },
    },
    volumes: [
      { name: 'os', containerDisk: { image: 'i' } },
      { name: 'scratch', emptyDisk: { capacity: '1Mi' } },
      { name: 'init', cloudInitNoCloud: { userData: 'x' } },
      { name: 'metrics', downwardMetrics: {} },
    ],
  });
  const world = { paths, view: view(), signal };
  const prepared = await prepareDisks(vmi, world);
  const base = join(paths.diskDir, 'os.base');
  const overlay = join(paths.ephemeralDir, 'os.qcow2');
  assert.deepEqual(prepared, {
    disks: {
      os: { file: overlay, format: 'qcow2', backing: { file: base, format: 'raw' } },
      scratch: { file: join(paths.ephemeralDir, 'scratch.qcow2'), format: 'qcow2' },
      init: { file: join(paths.cloudInitDir, 'init.iso'), format: 'raw' },
    },
    kernel: { kernel: join(paths.diskDir, 'kernel-boot.kernel') },
  });
  assert.equal(await readlink(base), join(image, 'disk/os.img'));
  const info = JSON.parse(
    execFileSync('qemu-img', ['info', '--output=json', overlay], { encoding: 'utf8' }),
  ) as Record<string, unknown>;
  assert.deepEqual(
    [info['backing-filename'], info['backing-filename-format'], info['virtual-size']],
    [base, 'raw', 1024 * 1024],
  );
  await writeFile(overlay, 'what a guest wrote');
  assert.deepEqual(await prepareDisks(vmi, world), prepared);
  assert.equal(await readFile(overlay, 'utf8'), 'what a guest wrote');
});

test('a volume that fails ends the wait for the others, so that none is made twice at a time', async () => {
  const vmi = testVmi({
    volumes: [
      { name: 'os', containerDisk: { image: 'not pulled yet' } },
      { name: 'init', cloudInitNoCloud: { secretRef: { name: 'without the key' } } },
    ],
  });
  const prepared = prepareDisks(vmi, { paths, view: view(), signal });
  await assert.rejects(prepared, { reason: 'CloudInitInvalid' });
  const watching = (): boolean =>
    process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSEvent'));
  const enough = AbortSignal.timeout(2_000);
  // A watch that was ended takes some turns of the event loop to be gone.
  while (watching() && !enough.aborted) await new Promise(setImmediate);
  assert.equal(watching(), false, 'nobody waits for the other volume any more');
});
