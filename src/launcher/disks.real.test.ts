/** Disks as a guest sees them, with real libvirtd and QEMU under an unprivileged launcher. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Disk, Vmi, Volume } from '../api/types.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { exitCodes } from './exit-codes.ts';
import type { DomainReport } from './protocol.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { Transcript } from './testing/eventually.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { startLauncher } from './testing/real.ts';
import type { RealLauncher } from './testing/real.ts';
import { testVmi } from './testing/vmi.ts';

/** The user that a launcher runs as when tests run as root. */
const nobody = 65534;
const asRoot = process.getuid?.() === 0;
const claim: Volume = { name: 'data', persistentVolumeClaim: { claimName: 'data' } };
const virtio = (name: string, more: Partial<Disk> = {}): Disk => ({ name, disk: { bus: 'virtio' }, ...more });

suite('disks of a real launcher', { skip: skipped, concurrency: 1, timeout: 300_000 }, () => {
  let guest: TestGuest;
  /** Outlives launchers, as claims do. */
  let shared: string;
  before(async () => {
    guest = await testGuest();
    shared = await mkdtemp(join(tmpdir(), 'mvs-'));
    if (asRoot) await chown(shared, nobody, nobody);
  });
  after(() => rm(shared, { recursive: true, force: true }));

  function vmiOf(volumes: Volume[], disks: Disk[]): Vmi {
    const container = { image: 'none', kernelPath: guest.kernel, initrdPath: guest.initrd };
    const vmi = testVmi({
      volumes,
      domain: {
        memory: { guest: '128Mi' },
        features: { acpi: {} },
        devices: { disks },
        firmware: { kernelBoot: { kernelArgs: 'console=ttyS0 quiet no_timer_check', container } },
      },
    });
    const info = { claimName: 'data', requests: { storage: '3Mi' } };
    const volumeStatus = [{ name: 'data', target: 'vda', persistentVolumeClaimInfo: info }];
    return { ...vmi, status: { volumeStatus } };
  }

  async function folderOf(launcher: RealLauncher, name: string): Promise<string> {
    const folder = join(shared, name);
    await mkdir(folder, { recursive: true });
    if (asRoot) await chown(folder, nobody, nobody);
    await mkdir(launcher.paths.claimDir, { recursive: true });
    await symlink(folder, join(launcher.paths.claimDir, 'data'));
    return folder;
  }

  async function sync(launcher: RealLauncher, vmi: Vmi): Promise<{ agent: TestAgent; report: DomainReport }> {
    const agent = await TestAgent.connect(launcher.paths.socket);
    await launcher.offer('kernel-boot');
    return { agent, report: await agent.call('sync', { vmi, options: { networkReady: true } }) };
  }

  /** Boots, has the guest run a command whose output must hold `says`, and stops it. */
  async function runs(launcher: RealLauncher, vmi: Vmi, command: string, says: string): Promise<void> {
    const { agent, report } = await sync(launcher, vmi);
    assert.equal(report.failure, undefined);
    await launcher.stdout.says('guest is up');
    const { socket } = await openSession(launcher.paths.socket, 'console');
    const transcript = new Transcript();
    socket.on('data', (chunk: Buffer) => transcript.add(chunk));
    socket.resume();
    socket.write(`!${command}\n`);
    await transcript.says(says);
    socket.destroy();
    await agent.call('shutdown', { gracePeriodSeconds: 60 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  }

  // Words in two halves, so that the echo of a command is not taken for its output.
  const write = 'printf "kept-%s" data | dd of=/dev/vda conv=notrunc 2>/dev/null; sync; echo wrote-"it"';

  test('what a guest writes to a claim is there for the next', async () => {
    await using first = await startLauncher();
    const folder = await folderOf(first, 'claim');
    await runs(first, vmiOf([claim], [virtio('data')]), write, 'wrote-it');
    assert.match(first.stdout.text, /disk vda 6144 sectors/);
    const image = join(folder, 'disk.img');
    assert.match((await readFile(image)).toString('latin1', 0, 16), /^kept-data/);
    assert.equal((await stat(image)).size, 3 * 1024 * 1024);
    await using second = await startLauncher();
    await folderOf(second, 'claim');
    await runs(
      second,
      vmiOf([claim], [virtio('data')]),
      'dd if=/dev/vda bs=9 count=1 2>/dev/null; echo',
      'kept-data',
    );
  });

  test('an overlay keeps the claim below it as it was, and starts from it', async () => {
    await using launcher = await startLauncher();
    const folder = await folderOf(launcher, 'golden');
    await writeFile(join(folder, 'disk.img'), 'golden-image'.padEnd(1024 * 1024, '\0'));
    const overlay: Volume = { name: 'data', ephemeral: { persistentVolumeClaim: { claimName: 'data' } } };
    const command = `dd if=/dev/vda bs=12 count=1 2>/dev/null; ${write}`;
    await runs(launcher, vmiOf([overlay], [virtio('data')]), command, 'wrote-it');
    assert.match(launcher.stdout.text, /golden-image/);
    assert.match((await readFile(join(folder, 'disk.img'))).toString('latin1', 0, 16), /^golden-image/);
  });

  test('a second guest on a claim waits for the first to end', async () => {
    await using first = await startLauncher();
    await folderOf(first, 'busy');
    const { agent, report } = await sync(first, vmiOf([claim], [virtio('data')]));
    assert.equal(report.failure, undefined);
    await using second = await startLauncher();
    await folderOf(second, 'busy');
    const { report: refused } = await sync(second, vmiOf([claim], [virtio('data')]));
    assert.equal(refused.failure?.reason, 'VolumeInUse');
    assert.match(refused.failure.message, /^another running VM uses this disk/);
    await agent.call('shutdown', { gracePeriodSeconds: 0 });
    assert.equal(await first.exit, exitCodes.guestStopped);
    const again = await sync(second, vmiOf([claim], [virtio('data')]));
    assert.equal(again.report.failure, undefined);
  });

  test('a link in a claim is not followed', async () => {
    await using launcher = await startLauncher();
    const folder = await folderOf(launcher, 'planted');
    await symlink('/etc/passwd', join(folder, 'disk.img'));
    const { report } = await sync(launcher, vmiOf([claim], [virtio('data')]));
    assert.equal(report.failure?.reason, 'VolumeNotUsable');
    assert.match(report.failure.message, /disk\.img: it is a symbolic link/);
    assert.equal(await launcher.exit, exitCodes.startFailed);
  });

  test('disks of files, a configuration drive, a CD-ROM and sizes of blocks', async () => {
    await using launcher = await startLauncher();
    await folderOf(launcher, 'blocks');
    for (const [name, files] of Object.entries({ app: { greeting: 'hello' }, drive: { userdata: '#cloud' } }))
      for (const [file, text] of Object.entries(files)) {
        await mkdir(join(launcher.paths.configDir, name), { recursive: true });
        await writeFile(join(launcher.paths.configDir, name, file), text);
      }
    const vmi = vmiOf(
      [
        claim,
        { name: 'app', configMap: { name: 'app', volumeLabel: 'settings' } },
        { name: 'drive', cloudInitConfigDrive: { secretRef: { name: 's' } } },
        { name: 'rom', configMap: { name: 'app' } },
      ],
      [
        virtio('data', { blockSize: { matchVolume: {} }, serial: 'S3', errorPolicy: 'report' }),
        virtio('app'),
        virtio('drive'),
        { name: 'rom', cdrom: { bus: 'sata' } },
      ],
    );
    await mkdir(join(launcher.paths.configDir, 'rom'), { recursive: true });
    const facts = [
      'grep -a -o -m1 "settings" /dev/vdb',
      'grep -a -o -m1 "hello" /dev/vdb',
      'grep -a -o -m1 "config-2" /dev/vdc',
      'grep -a -o -m1 "#cloud" /dev/vdc',
      'cat /sys/block/vda/queue/logical_block_size /sys/block/vda/serial',
    ];
    await runs(
      launcher,
      vmi,
      `(${facts.join('; ')}; echo) | tr "\\n" ,`,
      'settings,hello,config-2,#cloud,4096,S3,',
    );
  });

  test(
    'a claim that is a block device',
    { skip: asRoot ? false : 'only root makes block devices' },
    async (t) => {
      const backing = join(shared, 'device.img');
      await writeFile(backing, '');
      await truncate(backing, 4 * 1024 * 1024);
      const loop = attachLoop(backing);
      if (loop === undefined) return t.skip('there are no loop devices here');
      try {
        await using launcher = await startLauncher();
        await mkdir(launcher.paths.blockDir, { recursive: true });
        const { rdev } = await stat(loop);
        const device = join(launcher.paths.blockDir, 'data');
        execFileSync('mknod', [device, 'b', String(rdev >> 8), String(rdev & 0xff)]);
        await test('has to be given to the launcher', async () => {
          const { report } = await sync(launcher, vmiOf([claim], [virtio('data')]));
          assert.match(report.failure?.message ?? '', /nor the node agent has given it to user 107/);
          assert.equal(await launcher.exit, exitCodes.startFailed);
        });
        await using next = await startLauncher();
        await mkdir(next.paths.blockDir, { recursive: true });
        const given = join(next.paths.blockDir, 'data');
        execFileSync('mknod', [given, 'b', String(rdev >> 8), String(rdev & 0xff)]);
        await chown(given, nobody, nobody);
        await runs(
          next,
          vmiOf([claim], [virtio('data', { blockSize: { matchVolume: {} } })]),
          write,
          'wrote-it',
        );
        assert.match(next.stdout.text, /disk vda 8192 sectors/);
        execFileSync('sync');
        assert.match((await readFile(backing)).toString('latin1', 0, 16), /^kept-data/);
      } finally {
        execFileSync('losetup', ['-d', loop]);
      }
    },
  );
});

function attachLoop(file: string): string | undefined {
  try {
    return execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}
