import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import { removeCgroup } from './cgroups.ts';
import { resolveConfig } from './config.ts';
import type { ClusterConfig } from './config.ts';
import { execute, run } from './exec.ts';
import { lockCluster } from './lock.ts';
import { endProcess, ensureProcess, launchDetached, logPath, stopProcess } from './processes.ts';
import { isAlive } from './procfs.ts';
import { createProgress } from './progress.ts';
import { readRecord, removeRecord, runningProcess } from './records.ts';
import { allIn } from './strays.ts';

/** A cluster of which only single processes are started; its cgroups belong to this test alone. */
async function scratch(t: TestContext): Promise<ClusterConfig> {
  const stateDir = await mkdtemp(join(tmpdir(), 'processes-'));
  const config = resolveConfig({ stateDir, cacheDir: join(stateDir, 'cache') }, {});
  const own = { ...config, cgroup: `monovirt-test-${basename(stateDir)}` };
  t.after(async () => {
    for (const left of await allIn(own.cgroup)) await endProcess(left, 'SIGKILL');
    await removeCgroup(own.cgroup);
    await rm(stateDir, { recursive: true, force: true });
  });
  return own;
}

const root = process.getuid?.() === 0 ? {} : { skip: 'making cgroups needs root' };

const hasReason = (reason: string) => (error: unknown) =>
  error instanceof MonovirtError && error.reason === reason;

test('a process is started once, anew when a file of its changes, and ended by identity', root, async (t) => {
  const config = await scratch(t);
  const file = join(config.stateDir, 'settings');
  await writeFile(file, 'one');
  const spec = { name: 'sleeper', argv: ['sleep', '600'], files: [file] };

  assert.equal(await ensureProcess(config, spec), 'started');
  const first = await runningProcess(config.runDir, spec.name);
  assert.equal(await ensureProcess(config, spec), 'running');

  await writeFile(file, 'two');
  assert.equal(await ensureProcess(config, spec), 'restarted');
  const second = await runningProcess(config.runDir, spec.name);
  assert.ok(first !== null && second !== null && first.pid !== second.pid);
  assert.equal(await isAlive(first), false);

  await endProcess(second, 'SIGKILL');
  assert.equal(await ensureProcess(config, spec), 'started');
  await stopProcess(config, spec.name);
  assert.equal(await readRecord(config.runDir, spec.name), null);
});

test('a process whose starter died before it wrote the record is replaced', root, async (t) => {
  const config = await scratch(t);
  const spec = { name: 'sleeper', argv: ['sleep', '601'], files: [] };
  await ensureProcess(config, spec);
  const lost = await runningProcess(config.runDir, spec.name);
  await removeRecord(config.runDir, spec.name);
  assert.equal(await ensureProcess(config, spec), 'started');
  assert.ok(lost !== null && !(await isAlive(lost)));
});

test('a pid that another process has now is left alone', async (t) => {
  const config = await scratch(t);
  const sleeper = await launchDetached(config, 'other', { argv: ['sleep', '600'] });
  t.after(() => endProcess(sleeper, 'SIGKILL'));
  await endProcess({ ...sleeper, startTime: '1' }, 'SIGKILL');
  await endProcess({ ...sleeper, bootId: 'before' }, 'SIGKILL');
  assert.equal(await isAlive(sleeper), true);
});

test('a program that cannot start is reported with its log, which is rotated', async (t) => {
  const config = await scratch(t);
  const launch = { argv: ['/bin/sh', '-c', 'echo boom >&2; exit 1'], forks: true };
  await assert.rejects(launchDetached(config, 'broken', launch), hasReason('ProcessDied'));
  await assert.rejects(launchDetached(config, 'broken', launch), /boom/);
  assert.equal(await readFile(`${logPath(config, 'broken')}.1`, 'utf8'), 'boom\n');
});

test('run: output, exit codes, input, missing programs and abort', async () => {
  assert.deepEqual(await execute(['sh', '-c', 'cat; echo e >&2; exit 3'], { input: 'in' }), {
    code: 3,
    stdout: 'in',
    stderr: 'e\n',
  });
  await assert.rejects(run(['false']), hasReason('CommandFailed'));
  await assert.rejects(run(['/no/such/program']), hasReason('CommandMissing'));
  const reason = new Error('enough');
  await assert.rejects(run(['sleep', '600'], { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const running = run(['sh', '-c', 'echo ready >&2; exec sleep 600'], {
    signal: controller.signal,
    onLine: () => controller.abort(reason),
  });
  await assert.rejects(running, reason);
});

test('one command at a time', async () => {
  const name = `lock-test-${process.pid}`;
  const held = await lockCluster(name);
  await assert.rejects(lockCluster(name), hasReason('ClusterBusy'));
  await held[Symbol.asyncDispose]();
  await (await lockCluster(name))[Symbol.asyncDispose]();
});

for (const isTTY of [true, false]) {
  test(`progress ${isTTY ? 'on' : 'off'} a terminal: the end of each step is shown, failures too`, async () => {
    const written: string[] = [];
    const progress = createProgress({ isTTY, columns: 80, write: (text) => written.push(text) });
    assert.equal(await progress.step('good', async (step) => (step.note('remark'), 7)), 7);
    await assert.rejects(progress.step('bad', () => Promise.reject(new Error('no'))));
    const text = written.join('');
    assert.match(text, /✓ good .*s {2}remark\n/);
    assert.match(text, /✗ bad .*s\n/);
    assert.equal(text.includes('\u001b'), isTTY);
  });
}

test('progress off a terminal: a long step shows now and then that it is alive', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const written: string[] = [];
  const progress = createProgress({ write: (text) => written.push(text) });
  await progress.step('long', async (step) => {
    step.note('remark');
    t.mock.timers.tick(60_000);
    await Promise.resolve();
  });
  t.mock.timers.tick(60_000);
  assert.deepEqual(
    written.map((text) => text[0]),
    ['…', '…', '✓'],
  );
});
