/** The launcher as a process of its own, with real libvirtd and QEMU, driven over its socket. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { VmiSpec } from '../api/types.ts';
import { until } from '../kube/testing/until.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { capabilitiesDir } from './capabilities.ts';
import { capabilitiesFolder, guestFeaturesFile } from './layout.ts';
import { exitCodes } from './exit-codes.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { bootableVmi, bootGuest } from './testing/boot.ts';
import { Transcript } from './testing/eventually.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { processesIn } from './testing/processes.ts';
import { launcherCommand, startLauncher } from './testing/real.ts';
import type { RealLauncher } from './testing/real.ts';
import { testVmi } from './testing/vmi.ts';

const ready = { options: { networkReady: true } };

suite('a real launcher', { skip: skipped, concurrency: 1, timeout: 180_000 }, () => {
  let guest: TestGuest;
  before(async () => {
    guest = await testGuest();
  });

  const bootable = (change: Partial<VmiSpec> = {}) => bootableVmi(guest, change);
  const boot = (launcher: RealLauncher, change: Partial<VmiSpec> = {}) => bootGuest(launcher, guest, change);

  test('boots, answers on its console, pauses, goes on and stops at the power button', async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher);
    await launcher.stdout.says('guest is up');
    const display = await attach(launcher, 'vnc');
    await display.transcript.says('RFB 003.008');
    display.socket.destroy();
    const seen = await attach(launcher);
    seen.socket.write('hello\n');
    await seen.transcript.says('heard hello');
    assert.equal((await agent.call('pause', {})).state, 'paused');
    assert.equal((await agent.call('pause', {})).state, 'paused');
    assert.equal((await agent.call('unpause', {})).state, 'running');
    const again = await agent.call('sync', { vmi: bootable(), ...ready });
    assert.equal(again.state, 'running');
    await agent.reports.find(
      'versions and machine',
      (report) => report.qemuVersion !== undefined && /q35/.test(report.machineType ?? ''),
    );
    await agent.call('shutdown', { gracePeriodSeconds: 60 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
    await agent.reports.find('the end', ({ state, reason }) => state === 'shutoff' && reason === 'shutdown');
    assert.match(launcher.stdout.text, /power button/);
    assert.deepEqual(processesIn(launcher), []);
  });

  test('SIGTERM stops the guest, and a new console takes over from the old', async () => {
    await using launcher = await startLauncher({ args: ['--grace-period-seconds', '60'] });
    await boot(launcher);
    await launcher.stdout.says('guest is up');
    const first = await attach(launcher);
    const second = await attach(launcher);
    await first.closed;
    second.socket.write('second\n');
    await second.transcript.says('heard second');
    launcher.process.kill('SIGTERM');
    assert.equal(await launcher.exit, exitCodes.guestStopped);
    assert.deepEqual(processesIn(launcher), []);
  });

  test('a grace period of 0 ends a guest that starts paused, at once', async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher, { startStrategy: 'Paused' });
    assert.equal(agent.reports.all.at(-1)?.state, 'paused');
    await agent.call('shutdown', { gracePeriodSeconds: 0 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  });

  test('a killed QEMU is a crash', async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher);
    const [qemu] = processesIn(launcher).filter(({ command }) => command.includes('qemu-system'));
    process.kill(qemu?.pid ?? 0, 'SIGKILL');
    assert.equal(await launcher.exit, exitCodes.guestCrashed);
    await agent.reports.find('the crash', ({ state, reason }) => state === 'shutoff' && reason === 'crashed');
    assert.deepEqual(processesIn(launcher), []);
  });

  test('a killed libvirtd comes back and finds the guest again', async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher);
    await launcher.stdout.says('guest is up');
    const [libvirtd] = processesIn(launcher).filter(({ command }) => command.includes('/libvirtd'));
    process.kill(libvirtd?.pid ?? 0, 'SIGKILL');
    await launcher.stderr.says('libvirtd ended');
    assert.equal((await agent.call('pause', {})).state, 'paused');
    assert.equal((await agent.call('unpause', {})).state, 'running');
    await agent.call('shutdown', { gracePeriodSeconds: 60 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  });

  test('disks: container disk with its overlay, empty disk, cloud-init', async () => {
    await using launcher = await startLauncher();
    const image = join(launcher.paths.containerDiskDir, 'image.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M']);
    await launcher.offer('root');
    const agent = await boot(launcher, {
      volumes: [
        { name: 'root', containerDisk: { image: 'none', path: image } },
        { name: 'scratch', emptyDisk: { capacity: '2Mi' } },
        { name: 'init', cloudInitNoCloud: { userData: '#cloud-config\n' } },
      ],
      domain: {
        memory: { guest: '128Mi' },
        devices: {
          disks: ['root', 'scratch', 'init'].map((name) => ({ name, disk: { bus: 'virtio' } })),
        },
      },
    });
    await launcher.stdout.says('guest is up');
    assert.match(launcher.stdout.text, /disk vda 2048 sectors/);
    assert.match(launcher.stdout.text, /disk vdb 4096 sectors/);
    assert.match(launcher.stdout.text, /disk vdc \d+ sectors/);
    assert.match(
      (await readFile(join(launcher.paths.cloudInitDir, 'init.iso'))).toString('latin1'),
      /cidata/,
    );
    await agent.call('shutdown', { gracePeriodSeconds: 0 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  });

  test('is small once its guest runs', async () => {
    await using launcher = await startLauncher();
    const resident = (): number => residentMiB(launcher.process.pid ?? 0);
    const atStart = resident();
    await boot(launcher);
    // Well below what it had before it loaded libvirt.
    await until(() => resident() < atStart - 10, `less than ${atStart} MiB resident`, 20_000);
  });

  test('the capabilities that one launcher probed serve the others', async () => {
    await using cache = await startLauncher();
    const cacheDir = join(cache.paths.privateDir, 'warm');
    const outDir = join(cacheDir, capabilitiesFolder('tcg'));
    const { command, args, options } = launcherCommand(['--warm-capabilities', outDir]);
    execFileSync(command, args, { ...options, stdio: 'ignore' });
    const files = readdirSync(outDir);
    assert.ok(
      files.some((name) => name.endsWith('.xml')),
      files.join(),
    );
    assert.ok(files.includes(guestFeaturesFile), files.join());
    await using launcher = await startLauncher({ cacheDir });
    await boot(launcher);
    await launcher.stderr.says('took the capabilities');
    const used = capabilitiesDir(launcher.paths.cacheHome);
    for (const name of files.filter((file) => file !== guestFeaturesFile))
      assert.equal(readFileSync(join(used, name), 'utf8'), readFileSync(join(outDir, name), 'utf8'));
  });

  test('an image that is none ends the launcher with the cause', async () => {
    await using launcher = await startLauncher();
    const image = join(launcher.paths.containerDiskDir, 'image.vmdk');
    await writeFile(image, 'KDMV and what follows'.padEnd(1024));
    await launcher.offer('root');
    const agent = await TestAgent.connect(launcher.paths.socket);
    const vmi = testVmi({ volumes: [{ name: 'root', containerDisk: { image: 'none', path: image } }] });
    const other = { ...vmi, metadata: { ...vmi.metadata, uid: 'another' } };
    await assert.rejects(agent.call('sync', { vmi: other, ...ready }), { reason: 'WrongVmi' });
    const { failure } = await agent.call('sync', { vmi, ...ready });
    assert.equal(failure?.reason, 'ContainerDiskInvalid');
    assert.match(failure.message, /root.*VMDK/);
    assert.equal(await launcher.exit, exitCodes.startFailed);
  });
});

async function attach(
  launcher: RealLauncher,
  what: 'console' | 'vnc' = 'console',
): Promise<{ socket: Socket; transcript: Transcript; closed: Promise<void> }> {
  const { socket } = await openSession(launcher.paths.socket, what);
  const transcript = new Transcript();
  const closed = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => transcript.add(chunk));
  socket.on('close', () => closed.resolve());
  socket.resume();
  return { socket, transcript, closed: closed.promise };
}

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}
