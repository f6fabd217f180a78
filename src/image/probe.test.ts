import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { buildHelper } from './executable.ts';

const directory = mkdtempSync(join(tmpdir(), 'monovirt-probe-'));
const root = join(import.meta.dirname, '../..');
let probe = '';

before(async () => {
  probe = await buildHelper('probe', { root, out: directory });
});
after(() => rmSync(directory, { recursive: true }));

interface Ended {
  code: number;
  out: string;
  said: string;
}

async function ask(...args: string[]): Promise<Ended> {
  const child = spawn(probe, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, said, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, said };
}

/** Asks a launcher that does with the connection what `answer` says. */
async function asked(question: string, answer: (socket: Socket) => void): Promise<Ended> {
  const path = join(directory, 'socket');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  try {
    return await ask(question, path);
  } finally {
    server.close();
  }
}

describe('probe', () => {
  const rows: { name: string; answer: Buffer; want: { code: number; out: string } }[] = [
    { name: 'a guest that is well', answer: Buffer.from([0]), want: { code: 0, out: '' } },
    { name: 'output', answer: Buffer.from('\x00all is well\n'), want: { code: 0, out: 'all is well\n' } },
    { name: 'a code of failure', answer: Buffer.from('\x2aoh'), want: { code: 42, out: 'oh' } },
    {
      name: 'more output than fits into a buffer',
      answer: Buffer.from(`\x00${'x'.repeat(100_000)}`),
      want: { code: 0, out: 'x'.repeat(100_000) },
    },
  ];
  for (const { name, answer, want } of rows) {
    test(`passes on ${name}`, async () => {
      const { code, out } = await asked('question', (socket) => socket.end(answer));
      assert.deepEqual({ code, out }, want);
    });
  }

  test('asks its question as one line', async () => {
    const question = JSON.stringify({ open: 'probe', command: ['x'.repeat(10_000), 'ü'] });
    let heard = '';
    const { code } = await asked(question, (socket) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        heard += chunk;
        if (chunk.endsWith('\n')) socket.end(Buffer.from([0]));
      });
    });
    assert.equal(code, 0);
    assert.equal(heard, `${question}\n`);
  });

  const failures: { name: string; got: () => Promise<Ended>; code: number; said: RegExp }[] = [
    {
      name: 'a launcher that says nothing',
      got: () => asked('?', (socket) => socket.end()),
      code: 1,
      said: /ended without an answer/,
    },
    {
      name: 'a launcher that hangs up',
      got: () => asked('?', (socket) => socket.destroy()),
      code: 1,
      said: /^probe: the launcher of this VM (ended without an answer|does not listen)\n$/,
    },
    {
      name: 'no launcher',
      got: () => ask('?', join(directory, 'nobody')),
      code: 1,
      said: /cannot be reached/,
    },
    { name: 'a path too long', got: () => ask('?', 'x'.repeat(200)), code: 1, said: /too long/ },
    { name: 'no question', got: () => ask(), code: 2, said: /^usage/ },
  ];
  for (const { name, got, code, said } of failures) {
    test(`fails with ${name}`, async () => {
      const ended = await got();
      assert.equal(ended.code, code);
      assert.match(ended.said, said);
      assert.equal(ended.out, '');
    });
  }

  test('is a few kilobytes without a loader', () => {
    assert.ok(statSync(probe).size < 8192);
    assert.ok(!readFileSync(probe).includes('/ld-linux'));
  });
});
