/** Guests whose claims are devices that grow: what the launcher does, over a hypervisor in memory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Vmi, VmiStatus } from '../api/types.ts';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import { deviceNumber } from './disks/block-sizes.ts';
import { growDisks } from './disks/grow.ts';
import type { GuestDisks } from './disks/grow.ts';
import { ioErrorOf, withoutPast } from './domain-facts.ts';
import { grow } from './growth.ts';
import { createLineLogger } from './log.ts';
import { ReportBoard } from './report.ts';
import { testVmi } from './testing/vmi.ts';

const kibibyte = 1024;
/** Stand in for devices, which only root can make. */
const devices = { data: '/dev/null', other: '/dev/zero' };
type Sizes = Record<keyof typeof devices, number>;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mvg-'));
  await mkdir(join(root, 'devices'));
});
afterEach(() => rm(root, { recursive: true }));

const onDevices: VmiStatus = {
  volumeStatus: Object.keys(devices).map((name) => ({
    name,
    target: '',
    persistentVolumeClaimInfo: { claimName: name, volumeMode: 'Block' },
  })),
};
const vmiWith = (status: VmiStatus): Vmi => ({
  ...testVmi({
    volumes: Object.keys(devices).map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    domain: {
      devices: { disks: Object.keys(devices).map((name) => ({ name, disk: { bus: 'virtio' } })) },
    },
  }),
  status,
});

/** Makes devices of sizes in KiB. */
async function plug(sizes: Sizes): Promise<void> {
  for (const name of ['data', 'other'] as const) {
    await symlink(devices[name], join(root, 'devices', name));
    const described = join(root, 'sys', deviceNumber((await stat(devices[name])).rdev));
    await mkdir(described, { recursive: true });
    await writeFile(join(described, 'size'), `${sizes[name] * 2}\n`);
  }
}

/** A guest that runs, or is paused for want of room in `data`; QEMU has 4 KiB of each disk. */
async function setUp({ full }: { full: boolean }) {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>vm</name></domain>');
  for (const target of ['vda', 'vdb']) hypervisor.disks.set(target, 4 * kibibyte);
  if (full) hypervisor.put(uuid, { state: 'paused', reason: 'ioError' });
  const reports = new ReportBoard();
  reports.change({ ioError: full ? { volume: 'data', full } : null });
  const logged: string[] = [];
  const log = createLineLogger({ write: (line) => void logged.push(line) });
  const done: string[] = [];
  const manager = {
    reports,
    running: async () => ({ hypervisor, uuid, status: await hypervisor.status(uuid) }),
    unpause: async () => {
      done.push('unpause');
      return reports.current;
    },
  };
  const pod = {
    growDisks: (vmi: Vmi, disks: GuestDisks) => {
      const paths = { claimDir: join(root, 'claims'), blockDir: join(root, 'devices') };
      return growDisks(vmi, { paths, log, sysDir: join(root, 'sys'), disks });
    },
  };
  const run = async (status: VmiStatus): Promise<void> => {
    hypervisor.calls.length = 0;
    await grow(manager, pod, vmiWith(status));
    const resizes = hypervisor.calls.filter((call) => call.startsWith('resize'));
    done.unshift(...resizes.map((call) => call.replace(uuid, '').replace('  ', ' ')));
  };
  return { done, logged, run };
}

const rows: [string, { full: boolean; sizes: Sizes; status?: VmiStatus }, string[]][] = [
  ['a guest without claims is left alone', { full: false, sizes: { data: 8, other: 8 }, status: {} }, []],
  ['a guest whose claims are as they were goes on', { full: false, sizes: { data: 4, other: 4 } }, []],
  [
    'a guest whose disks grow goes on as it was',
    { full: false, sizes: { data: 8, other: 16 } },
    ['resize vda 8192', 'resize vdb 16384'],
  ],
  ['a disk does not shrink under its guest', { full: false, sizes: { data: 2, other: 4 } }, []],
  [
    'a guest that had no room goes on when that disk grows',
    { full: true, sizes: { data: 8, other: 4 } },
    ['resize vda 8192', 'unpause'],
  ],
  ['a guest that has no room yet stays paused', { full: true, sizes: { data: 4, other: 4 } }, []],
  [
    'a guest that has no room in one disk stays paused when another grows',
    { full: true, sizes: { data: 4, other: 8 } },
    ['resize vdb 8192'],
  ],
];
for (const [name, { full, sizes, status = onDevices }, wanted] of rows) {
  test(name, async () => {
    await plug(sizes);
    const { done, logged, run } = await setUp({ full });
    await run(status);
    assert.deepEqual(done, wanted);
    assert.equal(logged.length, wanted.filter((act) => act.startsWith('resize')).length, logged.join('\n'));
  });
}

test('a guest whose disks have grown is told so once', async () => {
  await plug({ data: 8, other: 4 });
  const { done, run } = await setUp({ full: true });
  for (let round = 0; round < 2; round += 1) await run(onDevices);
  assert.deepEqual(done, ['resize vda 8192', 'unpause']);
});

test('an I/O error is of the volume that the device is called after, until the guest goes on', () => {
  const event = { type: 'ioError', uuid: 'u', name: 'vm', action: 'pause' } as const;
  assert.deepEqual(ioErrorOf({ ...event, device: 'ua-data', reason: 'enospc' }), {
    volume: 'data',
    full: true,
  });
  assert.deepEqual(ioErrorOf({ ...event, device: 'virtio-disk0', reason: '' }), { volume: '', full: false });
  const paused = { state: 'paused', reason: 'ioError' } as const;
  assert.deepEqual(withoutPast(paused), paused);
  assert.equal(withoutPast({ state: 'running', reason: 'user' }).ioError, null);
  assert.equal(withoutPast({ state: 'paused', reason: 'user' }).ioError, null);
});
