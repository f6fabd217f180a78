/** The shell around virtiofsd, run by real shells around a program that takes one connection and ends with it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { until } from '../../kube/testing/until.ts';
import { Transcript } from '../../launcher/testing/eventually.ts';
import { untilTheGuestEnds } from './virtiofs-shell.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** As virtiofsd does: one connection, and its end is the program's. */
const program = `
const server = require('node:net').createServer((socket) => {
  server.close();
  console.log('connected');
  socket.on('data', (data) => socket.write(data));
  socket.on('close', () => process.exit(Number(process.argv[2])));
});
server.listen(process.argv[1], () => console.log('pid', process.pid));
setTimeout(process.exit, 30_000, 99);`;

interface Shell {
  process: ChildProcess;
  said: Transcript;
  /** What the shell does, step by step. */
  trace: () => string;
  socket: string;
  ended: Promise<unknown[]>;
}

/** @param code what the program is to end with. */
async function start(shell: readonly string[], name: string, code: number): Promise<Shell> {
  const socket = join(folder, `${name}.sock`);
  const [command = '', ...options] = shell;
  const inner = [process.execPath, '-e', program, socket, String(code)];
  // A file takes whatever is written; a pipe that the program makes non-blocking for all would lose some.
  const log = openSync(`${socket}.trace`, 'a');
  const child = spawn(command, [...options, '-xc', untilTheGuestEnds, 'sh', socket, ...inner], {
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const said = new Transcript();
  child.stdout?.on('data', (chunk: Buffer) => said.add(chunk));
  const ended = once(child, 'close');
  await said.says('pid');
  return { process: child, said, trace: () => readFileSync(`${socket}.trace`, 'utf8'), socket, ended };
}

const shells = [
  { name: 'sh', shell: ['/bin/sh'], skip: false },
  { name: 'busybox', shell: ['busybox', 'sh'], skip: !existsSync('/usr/bin/busybox') },
];

for (const { name, shell, skip } of shells) {
  suite(`virtiofsd under ${name}`, { skip, timeout: 60_000 }, () => {
    test('that nobody connected to ends with its container, as one that was let go', async () => {
      const { process: child, said, ended } = await start(shell, `${name}-alone`, 7);
      child.kill('SIGTERM');
      // The end of its output is that of the program, too.
      assert.deepEqual(await ended, [0, null]);
      assert.doesNotMatch(said.text, /connected/);
    });

    test('that serves a guest outlives the signal, any number of them, and ends with the guest', async () => {
      const { process: child, said, trace, socket, ended } = await start(shell, `${name}-used`, 7);
      const guest = createConnection(socket);
      await said.says('connected');
      const answers = new Transcript();
      guest.on('data', (chunk: Buffer) => answers.add(chunk));
      for (const round of [1, 2]) {
        child.kill('SIGTERM');
        await until(() => trace().split('+ return 0').length > round, 'the shell minds the signal');
        guest.write(`round ${round}`);
        await answers.says(`round ${round}`);
      }
      guest.destroy();
      assert.deepEqual(await ended, [7, null]);
    });

    test('that ends by itself is followed, with its code', async () => {
      const { socket, ended } = await start(shell, `${name}-failed`, 3);
      const guest = createConnection(socket, () => guest.destroy());
      assert.deepEqual(await ended, [3, null]);
    });
  });
}
