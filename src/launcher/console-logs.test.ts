/** The logs of the console, one of them the output of a process that stands for container guest-console-log. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { until } from '../kube/testing/until.ts';
import { consoleLogs } from './console-logs.ts';
import type { ConsoleLogs } from './console-logs.ts';
import { dismissSideContainers } from './dismiss.ts';
import { guestConsolePidFile, layout } from './layout.ts';
import { createLineLogger, openLogPipe } from './log.ts';
import { ownProcesses } from './pod.ts';
import { testVmi } from './testing/vmi.ts';

let folder: string;
let pipe: number;
let helper: ChildProcess | undefined;
const begun: ConsoleLogs[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvg-'));
  execFileSync('mkfifo', [join(folder, '.out')]);
  pipe = openSync(join(folder, '.out'), constants.O_RDWR | constants.O_NONBLOCK);
});
afterEach(async () => {
  for (const logs of begun.splice(0)) logs[Symbol.dispose]();
  helper?.kill('SIGKILL');
  helper = undefined;
  closeSync(pipe);
  await rm(folder, { recursive: true });
});

/** A process with a helper's name and the pipe as its output, that does nothing. */
async function startHelper(argv0: string = layout.holdBinary): Promise<void> {
  // A description of its own: a child makes what it is given wait for readers.
  const output = openSync(join(folder, '.out'), constants.O_WRONLY);
  helper = spawn('/usr/bin/yes', [join(layout.holdPidDir, guestConsolePidFile)], {
    argv0,
    stdio: ['ignore', output, 'ignore'],
  });
  closeSync(output);
  helper.kill('SIGSTOP');
  await writeFile(join(folder, guestConsolePidFile), `${helper.pid}\n`);
}

/** Whatever the pipe holds, without what the helper itself put there before it was stopped. */
function piped(): string {
  const buffer = Buffer.alloc(128 * 1024);
  try {
    const text = buffer.toString('latin1', 0, readSync(pipe, buffer));
    return text.replaceAll(`${join(layout.holdPidDir, guestConsolePidFile)}\n`, '');
  } catch {
    return '';
  }
}

function begin(
  said = '',
  logSerialConsole?: boolean,
): { logs: ConsoleLogs; compute: () => string; warnings: () => string } {
  let [compute, warnings] = ['', ''];
  const logs = consoleLogs({
    write: (text) => {
      compute += text;
      return true;
    },
    log: createLineLogger({ write: (line) => (warnings += line) }),
    tail: () => Buffer.from(said),
    folder,
    view: ownProcesses(),
  });
  begun.push(logs);
  const vmi = testVmi();
  if (logSerialConsole !== undefined) vmi.spec.domain.devices.logSerialConsole = logSerialConsole;
  logs.begin(vmi);
  logs.begin(vmi);
  return { logs, compute: () => compute, warnings: () => warnings };
}

suite('the logs of the console', () => {
  for (const { name, wanted, expected } of [
    { name: 'unless said otherwise', wanted: undefined, expected: 'guest: hello\n' },
    { name: 'when asked for', wanted: true, expected: 'guest: hello\n' },
    { name: 'not when refused', wanted: false, expected: '' },
  ]) {
    test(`are in the compute container, once: ${name}`, () => {
      const { logs, compute } = begin('', wanted);
      logs.push(Buffer.from('hello\n'));
      assert.equal(compute(), expected);
    });
  }

  test('are in a container of their own too, with what was said before it was up', async () => {
    const { logs } = begin('early\nbooti', true);
    await startHelper();
    let seen = '';
    await until(() => (seen += piped()).includes('early\n'), 'what came before');
    logs.push(Buffer.from('ng\nhost login: '));
    logs[Symbol.dispose]();
    await until(() => (seen += piped()).includes('host login: '), 'what came after');
    assert.equal(seen, 'early\nbooting\nhost login: \n');
  });

  test('do not wait for a container whose output nobody reads', async () => {
    const { logs, compute } = begin('', true);
    await startHelper();
    await until(() => {
      logs.push(Buffer.from(`${'x'.repeat(1000)}\n`));
      return compute().length > 400_000;
    }, 'much more than a pipe holds');
  });

  test('are not written to a process that only claims to be the container', async () => {
    const { warnings } = begin('', true);
    await startHelper('/bin/sh');
    await until(() => warnings().includes('stays empty'), 'a word about it');
    assert.equal(piped(), '');
  });
});

test('only a pipe is opened for a log', async () => {
  const file = join(folder, 'file');
  await writeFile(file, 'as it was');
  for (const path of [file, join(folder, 'nothing'), '/dev/null']) assert.equal(openLogPipe(path), undefined);
});

test('at the end only helpers are dismissed', async () => {
  await startHelper();
  await writeFile(join(folder, 'own'), `${process.pid}\n`);
  await writeFile(join(folder, 'nobody'), 'no pid\n');
  helper?.kill('SIGCONT');
  const ended = once(helper as ChildProcess, 'exit');
  await dismissSideContainers(folder, ownProcesses());
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
