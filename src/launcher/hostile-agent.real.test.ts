/** A guest whose agent means no good, with real libvirtd and QEMU: what it says is bounded, and so is what it costs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { buildHelper } from '../image/executable.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { withheld } from './libvirtd-log.ts';
import { protocolVersion } from './protocol.ts';
import type { ProbeQuestion } from './protocol.ts';
import { bootableVmi, bootGuest } from './testing/boot.ts';
import { openSession } from './testing/client.ts';
import type { TestAgent } from './testing/client.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { processesIn } from './testing/processes.ts';
import { startLauncher } from './testing/real.ts';
import type { RealLauncher } from './testing/real.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const MiB = 1024 * 1024;

/**
 * How an agent answers, and what becomes of it; a slow machine ends the wait for the longer ones. It tells on the
 * console that it has answered: one that is dead would look like some of them.
 */
const modes: { mode: string; what: string; want: RegExp }[] = [
  { mode: 'types', what: 'a number instead of a list', want: /^\[\]$/ },
  { mode: 'long', what: 'a list longer than is read', want: /longer than 1048576 characters|not responding/ },
  { mode: 'silent', what: 'no answer', want: /not responding/ },
  { mode: 'late', what: 'an answer after the time', want: /not responding/ },
  { mode: 'text', what: 'no JSON', want: /cannot parse json/ },
  { mode: 'garbage', what: 'bytes', want: /cannot parse json|not responding/ },
  { mode: 'nested', what: 'a hundred thousand brackets', want: /cannot parse json|not responding/ },
  {
    mode: 'endless',
    what: 'a line that does not end',
    want: /not responding|disconnected|longer|cannot pass its answer on/,
  },
  {
    mode: 'endless again',
    what: 'another line that does not end',
    want: /not responding|disconnected|longer|cannot pass its answer on/,
  },
  { mode: 'flood', what: 'answers without a question', want: /^\[\]$|not responding/ },
];

/** Most memory that a process ever had, in bytes. */
function peakOf(pid: number | undefined): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

suite('a guest whose agent is hostile', { skip: skipped, concurrency: 1, timeout: 240_000 }, () => {
  let launcher: RealLauncher;
  let guest: TestGuest;
  let agent: TestAgent;
  let shell: Socket;
  let probe: string;
  const stack = new AsyncDisposableStack();

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mv-hostile-'));
    stack.defer(() => rmSync(folder, { recursive: true }));
    probe = await buildHelper('probe', { root, out: folder });
    launcher = stack.use(await startLauncher());
    guest = await testGuest();
    agent = await bootGuest(launcher, guest);
    await launcher.stdout.says('guest is up');
    ({ socket: shell } = await openSession(launcher.paths.socket, 'console'));
    stack.defer(() => void shell.destroy());
    shell.resume();
    await startAgent('first');
  });
  after(() => stack.disposeAsync());

  /** Runs something in the guest and waits until it is done. */
  async function inGuest(command: string, mark: string): Promise<void> {
    shell.write(`!${command}\n!echo "done ""${mark}"\n`);
    await launcher.stdout.says(`done ${mark}`);
  }

  async function startAgent(mark: string): Promise<void> {
    const known = agent.reports.all.length;
    // QEMU tells at most once a second whether the port is open.
    await inGuest(
      '[ ! -e /agent ] || { kill -9 -$(cat /agent); wait $(cat /agent); sleep 1.5; }',
      `kill ${mark}`,
    );
    await inGuest('rm -f /hostile; setsid /bin/agent & echo $! >/agent', `agent ${mark}`);
    await agent.reports.find(
      'the agent',
      (report) => report.guestAgent?.asked === true && agent.reports.all.indexOf(report) >= known,
    );
  }

  async function asked(question: ProbeQuestion): Promise<{ code: number; out: string }> {
    const line = JSON.stringify({ open: 'probe', version: protocolVersion, probe: question });
    try {
      const { stdout } = await run(probe, [line, launcher.paths.socket]);
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, out: stdout };
    }
  }

  test('is probed by the helper of the kubelet while it is none yet', async () => {
    assert.deepEqual(await asked({ timeoutSeconds: 5 }), { code: 0, out: '' });
    const command = ['test', '-e', '/ready'];
    assert.deepEqual(await asked({ timeoutSeconds: 5, command }), { code: 1, out: 'hi\n' });
    await inGuest('touch /ready', 'touched');
    assert.deepEqual(await asked({ timeoutSeconds: 5, command }), { code: 0, out: 'hi\n' });
    await agent.call('pause', {});
    assert.deepEqual(await asked({ timeoutSeconds: 1 }), { code: 0, out: '' });
    await agent.call('unpause', {});
  });

  for (const { mode, what, want } of modes) {
    test(`is refused, and nobody else waits for it: ${what}`, async () => {
      await startAgent(mode);
      await inGuest(`echo ${mode} >/hostile`, mode);
      const answer = agent.call('guestUsers', {}).then(
        (users) => JSON.stringify(users),
        (error: unknown) => String(error),
      );
      let answered = false;
      void answer.then(() => (answered = true));
      assert.equal((await agent.call('report', {})).state, 'running');
      // Those answer after five seconds or never.
      if (mode === 'silent' || mode === 'late')
        assert.equal(answered, false, 'a report waited for the agent');
      const said = await answer;
      await launcher.stdout.says(`sent ${mode}`);
      assert.match(said, want);
      assert.equal((await agent.call('pause', {})).state, 'paused');
      assert.equal((await agent.call('unpause', {})).state, 'running');
    });
  }

  test('is not repeated in the log when it repeats a password', async () => {
    const password = 'correct-horse-battery';
    const vmi = bootableVmi(guest, {
      accessCredentials: [
        {
          userPassword: {
            source: { secret: { secretName: 'users' } },
            propagationMethod: { qemuGuestAgent: {} },
          },
        },
      ],
    });
    const secret = join(launcher.paths.keysDir, 'users');
    mkdirSync(secret, { recursive: true });
    writeFileSync(join(secret, 'ann'), password);
    await startAgent('repeats');
    await agent.call('sync', { vmi, options: { networkReady: true } });
    const { credentials } = await agent.reports.find(
      'a refusal',
      (report) => report.credentials !== undefined,
    );
    await launcher.stdout.says('sent a password');
    assert.match(credentials?.message ?? '', /^cannot set .* in words that cannot be repeated$/);
    await launcher.stderr.says(withheld);
    // Everything that libvirtd had to say of it came before its answer to this.
    await agent.call('guestUsers', {});
    await agent.call('pause', {});
    await agent.call('unpause', {});
    const log = launcher.stderr.text;
    for (const text of [password, Buffer.from(password).toString('base64')])
      assert.ok(!log.includes(text), log.slice(Math.max(0, log.indexOf(text) - 500)).slice(0, 1000));
  });

  test('costs its own pod no more than it has room for', () => {
    const peak = peakOf(launcher.process.pid);
    const libvirtd = processesIn(launcher).find(({ command }) => command.includes('/libvirtd'));
    assert.ok(peak < 192 * MiB, `launcher: ${peak / MiB} MiB`);
    assert.ok(peakOf(libvirtd?.pid) < 192 * MiB, `libvirtd: ${peakOf(libvirtd?.pid) / MiB} MiB`);
  });

  test('is asked again once its agent behaves', async () => {
    await startAgent('again');
    const users = await agent.call('guestUsers', {});
    assert.equal(users[0]?.userName, 'ann');
  });
});
