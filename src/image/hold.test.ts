import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildHelper } from './executable.ts';

const directory = mkdtempSync(join(tmpdir(), 'monovirt-hold-'));
const root = join(import.meta.dirname, '../..');
const at = (name: string): string => join(directory, name);
let hold = '';
const running: ChildProcess[] = [];

before(async () => {
  hold = await buildHelper('hold', { root, out: at('bin') });
});
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

function start(...args: string[]): ChildProcess {
  const child = spawn(hold, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  return child;
}

/** Waits until a file holds a whole line. */
async function line(file: string): Promise<string> {
  const changes = watch(directory);
  try {
    while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n')) await once(changes, 'change');
    return readFileSync(file, 'utf8');
  } finally {
    changes.close();
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('hold', () => {
  test('writes its pid for everyone to read, leaves no temporary file, ends with 0 on SIGTERM', async () => {
    const child = start(at('a'));
    assert.equal(await line(at('a')), `${child.pid}\n`);
    assert.equal(statSync(at('a')).mode & 0o777, 0o644);
    assert.ok(!existsSync(`${at('a')}.tmp`));
    child.kill('SIGTERM');
    assert.equal(await ended(child), 0);
  });

  test('replaces the files of an earlier run', async () => {
    writeFileSync(at('b'), '');
    writeFileSync(`${at('b')}.tmp`, 'left over');
    const child = start(at('b'));
    assert.equal(await line(at('b')), `${child.pid}\n`);
    child.kill('SIGINT');
    assert.equal(await ended(child), 0);
  });

  test('writes through no link', async () => {
    writeFileSync(at('victim'), 'untouched');
    symlinkSync(at('victim'), at('c'));
    symlinkSync(at('victim'), `${at('c')}.tmp`);
    const child = start(at('c'));
    await line(at('c'));
    assert.equal(readFileSync(at('victim'), 'utf8'), 'untouched');
    child.kill();
    assert.equal(await ended(child), 0);
  });

  for (const { name, args, code } of [
    { name: 'a directory that is missing', args: ['/no/such/directory/pid'], code: 1 },
    { name: 'an empty path', args: [''], code: 1 },
    { name: 'two arguments', args: ['a', 'b'], code: 2 },
  ]) {
    test(`says why it fails on ${name}`, async () => {
      const child = start(...args);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await once(child, 'close');
      assert.equal(child.exitCode, code);
      assert.match(said, /^(hold: cannot create|hold: path is empty|usage: hold)/);
    });
  }

  test('is small and needs no library', () => {
    assert.ok(statSync(hold).size < 8192);
    assert.ok(!readFileSync(hold).includes('/ld-linux'));
  });
});

describe('hold as pid 1 of a namespace', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  test('reaps children and ends on SIGTERM', { timeout: 20_000 }, async () => {
    // The shell becomes hold and leaves it a child, which stays a zombie unless hold reaps it.
    const script = `(sh -c 'echo up > "$1"; exit 0' sh "$1") & exec "$0"`;
    const child = spawn('unshare', [
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      script,
      hold,
      at('orphan'),
    ]);
    running.push(child);
    await line(at('orphan'));
    const inside = await firstChild(child.pid ?? 0);
    await noChildren(inside);
    process.kill(inside, 'SIGTERM');
    assert.equal(await ended(child), 0);
  });
});

const children = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

async function firstChild(pid: number): Promise<number> {
  for (;;) {
    const [child] = children(pid);
    if (child !== undefined && readFileSync(`/proc/${child}/comm`, 'utf8') === 'hold\n') return child;
    await new Promise(setImmediate);
  }
}

async function noChildren(pid: number): Promise<void> {
  while (children(pid).length > 0) await new Promise(setImmediate);
}
