/** What reaches into a guest, with real libvirtd and QEMU: agent, reboots, pictures of the screen. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, suite, test } from 'node:test';
import { until } from '../kube/testing/until.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { bootGuest } from './testing/boot.ts';
import { openSession } from './testing/client.ts';
import type { TestAgent } from './testing/client.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { processesIn } from './testing/processes.ts';
import { startLauncher } from './testing/real.ts';
import type { RealLauncher } from './testing/real.ts';

/** Boots counted from what the guest says at the end of each. */
const boots = (launcher: RealLauncher): number => launcher.stdout.text.split('guest is up').length - 1;

async function startAgent(launcher: RealLauncher): Promise<void> {
  const { socket } = await openSession(launcher.paths.socket, 'console');
  socket.resume();
  socket.write('!/bin/agent &\n');
}

async function picture(launcher: RealLauncher, wake: boolean): Promise<{ opened: unknown; data: Buffer }> {
  const { socket, opened } = await openSession(launcher.paths.socket, 'screenshot', wake);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  if (!socket.destroyed) await once(socket, 'close');
  return { opened, data: Buffer.concat(chunks) };
}

const connected = (agent: TestAgent, message: string) =>
  agent.reports.find(message, ({ guestAgent }) => guestAgent?.asked === true);

/** libvirtd takes a moment to speak to the agent again after it has come back. */
async function answered(agent: TestAgent, deadline: number): Promise<void> {
  for (;;) {
    try {
      await agent.call('guestUsers', {});
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

suite('a guest', { skip: skipped, concurrency: 1, timeout: 240_000 }, () => {
  let guest: TestGuest;
  before(async () => {
    guest = await testGuest();
  });

  test('tells through its agent who it is, rests when it is asked to, and reboots through it', async () => {
    await using launcher = await startLauncher();
    const agent = await bootGuest(launcher, guest);
    await launcher.stdout.says('guest is up');
    await assert.rejects(agent.call('guestInfo', {}), /agent is not connected/);
    await startAgent(launcher);
    const { guestAgent } = await connected(agent, 'the agent');
    assert.deepEqual(guestAgent, {
      asked: true,
      supported: true,
      os: { id: 'test', name: 'busybox', prettyName: 'Test guest' },
    });
    const info = await agent.call('guestInfo', {});
    assert.equal(info.hostname, 'test-guest');
    assert.equal(info.timezone, 'UTC, 0');
    assert.equal(info.fsFreezeStatus, 'thawed');
    assert.deepEqual(await agent.call('guestUsers', {}), [{ userName: 'ann', loginTime: 1000.5 }]);
    assert.deepEqual(await agent.call('guestFileSystems', {}), [
      { diskName: 'rootfs', mountPoint: '/', fileSystemType: 'ramfs', usedBytes: 0, totalBytes: 0 },
    ]);
    assert.equal((await agent.call('freeze', { unfreezeTimeoutSeconds: 1 })).frozen, true);
    await agent.reports.find('the thaw', ({ frozen, sequence }) => frozen !== true && sequence > 5);
    assert.equal((await agent.call('guestInfo', {})).fsFreezeStatus, 'thawed');
    await agent.call('softReboot', {});
    await until(() => boots(launcher) === 2, 'the guest boots again', 60_000);
    assert.equal((await agent.call('report', {})).guestAgent, undefined);
  });

  test('reboots at the power button and is reset, in the same QEMU', async () => {
    await using launcher = await startLauncher();
    const agent = await bootGuest(launcher, guest);
    await launcher.stdout.says('guest is up');
    assert.equal((await agent.call('softReboot', {})).state, 'running');
    await until(() => boots(launcher) === 2, 'the guest boots again', 60_000);
    assert.match(launcher.stdout.text, /power button/);
    assert.equal((await agent.call('reset', {})).state, 'running');
    await until(() => boots(launcher) === 3, 'the guest boots a third time', 60_000);
  });

  test('is seen in pictures, and who watches it is not disturbed', async () => {
    await using launcher = await startLauncher();
    await bootGuest(launcher, guest);
    const { socket: viewer } = await openSession(launcher.paths.socket, 'vnc');
    viewer.resume();
    for (const wake of [false, true]) {
      const { opened, data } = await picture(launcher, wake);
      assert.equal((opened as { ok: boolean }).ok, true, JSON.stringify(opened));
      assert.equal(data.toString('hex', 0, 8), '89504e470d0a1a0a');
      assert.ok(data.readUInt32BE(16) >= 640 && data.readUInt32BE(20) >= 400);
    }
    assert.equal(viewer.destroyed, false);
    viewer.destroy();
  });

  test('without a screen there is no picture, and the reason is told', async () => {
    await using launcher = await startLauncher();
    const devices = { autoattachGraphicsDevice: false };
    await bootGuest(launcher, guest, { domain: { memory: { guest: '128Mi' }, devices } });
    const { opened } = await picture(launcher, false);
    assert.match(JSON.stringify(opened), /no screens to take screenshot from/);
  });

  test('keeps its agent when libvirtd comes back', async () => {
    await using launcher = await startLauncher();
    const agent = await bootGuest(launcher, guest);
    await launcher.stdout.says('guest is up');
    await startAgent(launcher);
    await connected(agent, 'the agent');
    const [libvirtd] = processesIn(launcher).filter(({ command }) => command.includes('/libvirtd'));
    process.kill(libvirtd?.pid ?? 0, 'SIGKILL');
    await launcher.stderr.says('libvirtd ended');
    assert.equal((await agent.call('pause', {})).state, 'paused');
    assert.equal((await agent.call('unpause', {})).state, 'running');
    await answered(agent, performance.now() + 20_000);
  });

  test('whose QEMU hangs, in a request too, ends soon after it is told to', async () => {
    await using launcher = await startLauncher();
    const agent = await bootGuest(launcher, guest);
    await launcher.stdout.says('guest is up');
    const [qemu] = processesIn(launcher).filter(({ command }) => command.includes('qemu-system'));
    process.kill(qemu?.pid ?? 0, 'SIGSTOP');
    const pausing = agent.call('pause', {}).catch(() => undefined);
    const begun = performance.now();
    await agent.call('shutdown', { gracePeriodSeconds: 1 });
    await launcher.exit;
    // libvirt would wait thirty seconds for the request that hangs.
    assert.ok(performance.now() - begun < 25_000);
    await pausing;
  });
});
