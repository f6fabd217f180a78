/** Devices as a guest sees them, with real libvirtd and QEMU under an unprivileged launcher. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import type { VmiSpec } from '../api/types.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { exitCodes } from './exit-codes.ts';
import { bootGuest } from './testing/boot.ts';
import { openSession } from './testing/client.ts';
import { Transcript } from './testing/eventually.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { startLauncher } from './testing/real.ts';

type Devices = VmiSpec['domain']['devices'];

const rows: { name: string; devices: Devices; run: string; says: string; needs?: string }[] = [
  {
    name: 'an emulated TPM 2.0',
    devices: { tpm: {} },
    run: 'echo "TPM $(cat /sys/class/tpm/tpm0/tpm_version_major)"',
    says: 'TPM 2',
    needs: '/usr/bin/swtpm',
  },
  {
    name: 'a watchdog, sound, a pointer and entropy',
    devices: {
      watchdog: { name: 'dog', i6300esb: { action: 'reset' } },
      sound: { name: 'speaker', model: 'ich9' },
      inputs: [{ name: 'pointer', type: 'tablet', bus: 'virtio' }],
      rng: {},
    },
    // The numbers by which PCI knows them: i6300esb, Intel HDA, virtio input, virtio entropy.
    run: 'for n in 0x25ab 0x293e 0x1052 0x1044; do grep -q $n /sys/bus/pci/devices/*/device && printf "%s," $n; done; echo found',
    says: '0x25ab,0x293e,0x1052,0x1044,found',
  },
  {
    name: 'a virtio screen',
    devices: { video: { type: 'virtio' } },
    run: 'grep -l 0x1050 /sys/bus/pci/devices/*/device | sed "s/.*/found &/"',
    says: 'found /sys',
  },
];

suite('devices of a real launcher', { skip: skipped, concurrency: 1, timeout: 180_000 }, () => {
  let guest: TestGuest;
  before(async () => {
    guest = await testGuest();
  });

  for (const { name, devices, run, says, needs } of rows) {
    test(name, async () => {
      assert.ok(
        needs === undefined || existsSync(needs),
        `${needs} is missing: install swtpm and swtpm-tools`,
      );
      await using launcher = await startLauncher();
      const agent = await bootGuest(launcher, guest, { domain: { memory: { guest: '128Mi' }, devices } });
      await launcher.stdout.says('guest is up');
      const { socket } = await openSession(launcher.paths.socket, 'console');
      const console = new Transcript();
      socket.on('data', (chunk: Buffer) => console.add(chunk));
      socket.resume();
      socket.write(`!${run}\n`);
      await console.says(says);
      socket.destroy();
      await agent.call('shutdown', { gracePeriodSeconds: 0 });
      assert.equal(await launcher.exit, exitCodes.guestStopped);
    });
  }
});
