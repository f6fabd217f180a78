/** A guest whose claim is full, and grows, with real libvirtd and QEMU. Needs root: the claim is a small file system. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Vmi } from '../api/types.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { Transcript } from './testing/eventually.ts';
import { testGuest } from './testing/guest.ts';
import { startLauncher } from './testing/real.ts';
import { testVmi } from './testing/vmi.ts';

const nobody = 65534;
const skip = skipped || (process.getuid?.() === 0 ? false : 'needs root');

function vmiOf(container: object, storage: string): Vmi {
  const disks = [{ name: 'data', disk: { bus: 'virtio' } }];
  const vmi = testVmi({
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    domain: {
      memory: { guest: '128Mi' },
      devices: { disks },
      firmware: { kernelBoot: { kernelArgs: 'console=ttyS0 quiet no_timer_check', container } },
    } as Vmi['spec']['domain'],
  });
  const info = {
    claimName: 'data',
    requests: { storage },
    capacity: { storage },
    filesystemOverhead: '0.055',
  };
  return {
    ...vmi,
    status: { volumeStatus: [{ name: 'data', target: 'vda', persistentVolumeClaimInfo: info }] },
  };
}

test(
  'a guest that fills its claim is paused, says why, and goes on in a larger disk',
  { skip, timeout: 180_000 },
  async () => {
    const claim = await mkdtemp(join(tmpdir(), 'mvf-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', claim]);
    try {
      const image = join(claim, 'disk.img');
      await writeFile(image, '');
      await truncate(image, 8 * 1024 * 1024);
      for (const path of [claim, image]) await chown(path, nobody, nobody);
      await using launcher = await startLauncher();
      await mkdir(launcher.paths.claimDir, { recursive: true });
      await symlink(claim, join(launcher.paths.claimDir, 'data'));
      const { kernel, initrd } = await testGuest();
      const container = { image: 'none', kernelPath: kernel, initrdPath: initrd };
      const agent = await TestAgent.connect(launcher.paths.socket);
      await launcher.offer('kernel-boot');
      const options = { networkReady: true };
      const started = await agent.call('sync', { vmi: vmiOf(container, '4Mi'), options });
      assert.equal(started.failure, undefined);
      await launcher.stdout.says('guest is up');
      const { socket } = await openSession(launcher.paths.socket, 'console');
      const transcript = new Transcript();
      socket.on('data', (chunk: Buffer) => transcript.add(chunk));
      socket.resume();
      socket.write(
        '!dd if=/dev/urandom of=/dev/vda bs=1M count=6 conv=fsync,notrunc 2>/dev/null; echo wrote-"it"\n',
      );
      const paused = await agent.reports.find('the pause', ({ reason }) => reason === 'ioError');
      assert.equal(paused.state, 'paused');
      assert.deepEqual(paused.ioError, { volume: 'data', full: true });
      execFileSync('mount', ['-o', 'remount,size=64m', claim]);
      const grown = await agent.call('sync', { vmi: vmiOf(container, '32Mi'), options });
      assert.equal(grown.state, 'running');
      assert.equal(grown.ioError, undefined);
      await transcript.says('wrote-it');
      socket.write('!echo sectors-"$(cat /sys/class/block/vda/size)"\n');
      // 30 MiB: what is left of 32 after the file system's share, in whole MiB.
      await transcript.says('sectors-61440');
      socket.destroy();
      await agent.call('shutdown', { gracePeriodSeconds: 0 });
      await launcher.exit;
    } finally {
      execFileSync('umount', ['-l', claim]);
      await rm(claim, { recursive: true, force: true });
    }
  },
);
