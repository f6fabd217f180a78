/** The machine that a guest finds itself in: its firmware, processors and how it ends. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { before, suite, test } from 'node:test';
import type { VmiSpec } from '../api/types.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { exitCodes } from './exit-codes.ts';
import { readHostCpus } from './host-cpus.ts';
import { bootableVmi } from './testing/boot.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { startLauncher } from './testing/real.ts';
import type { RealLauncher } from './testing/real.ts';

type Domain = VmiSpec['domain'];

/** UEFI takes its time under emulation. */
const bootMs = 120_000;
const noUefi = existsSync('/usr/share/OVMF/OVMF_CODE_4M.fd') ? false : 'ovmf is not installed';

suite("a real guest's machine", { skip: skipped, concurrency: 1, timeout: 400_000 }, () => {
  let guest: TestGuest;
  before(async () => {
    guest = await testGuest();
  });

  async function boot(launcher: RealLauncher, change: Partial<Domain>): Promise<TestAgent> {
    const vmi = bootableVmi(guest);
    const { domain } = vmi.spec;
    const firmware = { ...domain.firmware, ...change.firmware };
    const agent = await TestAgent.connect(launcher.paths.socket);
    await launcher.offer('kernel-boot');
    const spec = { ...vmi.spec, domain: { ...domain, ...change, firmware } };
    const report = await agent.call('sync', { vmi: { ...vmi, spec }, options: { networkReady: true } });
    assert.equal(report.failure, undefined);
    return agent;
  }

  /** Has the guest run a command; its words are on the launcher's stdout. */
  async function ask(launcher: RealLauncher, command: string): Promise<Socket> {
    const { socket } = await openSession(launcher.paths.socket, 'console');
    socket.resume();
    socket.write(`!${command}\n`);
    return socket;
  }

  async function stop(launcher: RealLauncher, agent: TestAgent): Promise<void> {
    await agent.call('shutdown', { gracePeriodSeconds: 0 });
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  }

  test('boots by UEFI, which keeps its variables in the pod', { skip: noUefi }, async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher, {
      memory: { guest: '256Mi' },
      firmware: { bootloader: { efi: { secureBoot: false } } },
    });
    await launcher.stdout.says('guest is up', bootMs);
    (await ask(launcher, 'echo firmware $(ls /sys/firmware/efi)')).destroy();
    await launcher.stdout.says('fw_platform_size');
    assert.ok(existsSync(launcher.paths.nvram));
    await stop(launcher, agent);
  });

  test('boots with Secure Boot, and the kernel knows', { skip: noUefi }, async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher, {
      memory: { guest: '256Mi' },
      firmware: { bootloader: { efi: {} } },
      features: { acpi: {}, smm: {} },
    });
    await launcher.stdout.says('guest is up', bootMs);
    (await ask(launcher, 'dmesg | grep -i secureboot')).destroy();
    await launcher.stdout.says('Secure boot enabled');
    await stop(launcher, agent);
  });

  test('pins each processor of a guest that has its own', async () => {
    const own = readHostCpus();
    await using launcher = await startLauncher();
    const agent = await boot(launcher, { cpu: { cores: own.length, dedicatedCpuPlacement: true } });
    await launcher.stdout.says('guest is up', bootMs);
    const pinned = [...vcpuThreads(launcher)].map(([, cpus]) => cpus);
    assert.deepEqual(pinned.toSorted(), own.map(({ id }) => String(id)).toSorted());
    await stop(launcher, agent);
  });

  test('refuses to pretend that shared processors are its own', async () => {
    await using launcher = await startLauncher();
    const vmi = bootableVmi(guest);
    const cpu = { cores: readHostCpus().length + 1, dedicatedCpuPlacement: true };
    const spec = { ...vmi.spec, domain: { ...vmi.spec.domain, cpu } };
    const agent = await TestAgent.connect(launcher.paths.socket);
    await launcher.offer('kernel-boot');
    const report = await agent.call('sync', { vmi: { ...vmi, spec }, options: { networkReady: true } });
    assert.equal(report.failure?.reason, 'CpusNotDedicated');
    assert.equal(await launcher.exit, exitCodes.startFailed);
  });

  test('with rebootPolicy Terminate ends where others restart', async () => {
    await using launcher = await startLauncher();
    await boot(launcher, { rebootPolicy: 'Terminate' });
    await launcher.stdout.says('guest is up', bootMs);
    (await ask(launcher, 'reboot -f')).destroy();
    assert.equal(await launcher.exit, exitCodes.guestStopped);
  });

  test('has the processors, the identity and the features that were asked for', async () => {
    await using launcher = await startLauncher();
    const agent = await boot(launcher, {
      cpu: { model: 'Westmere', cores: 2, threads: 2, features: [{ name: 'aes', policy: 'disable' }] },
      features: { acpi: {}, hyperv: { relaxed: {}, vpindex: {}, spinlocks: { spinlocks: 8191 } } },
      firmware: { serial: 'SN-42' },
      chassis: { asset: 'A-42' },
    });
    await launcher.stdout.says('guest is up', bootMs);
    const dmi = 'cd /sys/class/dmi/id';
    const questions = `${dmi}; echo $(nproc) cpus $(cat product_serial) $(cat chassis_asset_tag)`;
    (
      await ask(launcher, `${questions} $(grep -c -w aes /proc/cpuinfo) $(grep -m1 name /proc/cpuinfo)`)
    ).destroy();
    await launcher.stdout.says('4 cpus SN-42 A-42 0 model name : Westmere');
    await stop(launcher, agent);
  });
});

/** Threads of QEMU that run a virtual processor → the processors they may use. */
function vcpuThreads(launcher: RealLauncher): Map<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const [thread, status] of threadsOf(pid, launcher)) {
      const [, name = ''] = /^Name:\s+(.*)$/m.exec(status) ?? [];
      const [, cpus = ''] = /^Cpus_allowed_list:\s+(.*)$/m.exec(status) ?? [];
      if (/^CPU \d+\/TCG$/.test(name)) found.set(thread, cpus);
    }
  }
  return found;
}

function threadsOf(pid: string, launcher: RealLauncher): [string, string][] {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes('qemu-system') || !command.includes(launcher.paths.privateDir)) return [];
    return readdirSync(`/proc/${pid}/task`).map((thread) => [
      thread,
      readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'),
    ]);
  } catch {
    return [];
  }
}
