import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { test } from 'node:test';
import { attachTerminal } from './terminal.ts';

interface Console extends Duplex {
  received: string;
}

function fakeConsole(): Console {
  const seen = { received: '' };
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      seen.received += chunk.toString();
      done();
    },
  });
  return Object.defineProperty(stream, 'received', { get: () => seen.received }) as Console;
}

test('keys reach the console, output reaches the screen, Ctrl+] detaches', async () => {
  const stream = fakeConsole();
  const input = Object.assign(new PassThrough(), { isTTY: true, modes: [] as boolean[] });
  const terminal = {
    input: Object.assign(input, { setRawMode: (raw: boolean) => input.modes.push(raw) }),
    output: new PassThrough(),
  };
  const attached = attachTerminal(stream, terminal, new AbortController().signal);
  stream.push('login: ');
  const [shown] = (await once(terminal.output, 'data')) as [Buffer];
  input.write('root\x1dnever sent');
  await attached;
  assert.equal(shown.toString(), 'login: ');
  assert.equal(stream.received, 'root');
  assert.deepEqual(input.modes, [true, false], 'the terminal is raw only while attached');
  assert.equal(stream.destroyed, true);
});

test('a console that ends detaches', async () => {
  const stream = fakeConsole();
  const attached = attachTerminal(
    stream,
    { input: new PassThrough(), output: new PassThrough() },
    new AbortController().signal,
  );
  stream.push(null);
  assert.equal(await attached, 'ended', 'the command can say that the console is gone');
  assert.equal(stream.destroyed, true);
});

test('input that ends detaches', async () => {
  const stream = fakeConsole();
  const input = new PassThrough();
  const attached = attachTerminal(stream, { input, output: new PassThrough() }, AbortSignal.timeout(5_000));
  input.end('last words');
  assert.equal(await attached, 'left');
  assert.equal(stream.received, 'last words');
});

test('an abort detaches', async () => {
  const abort = new AbortController();
  const stream = fakeConsole();
  const attached = attachTerminal(
    stream,
    { input: new PassThrough(), output: new PassThrough() },
    abort.signal,
  );
  abort.abort();
  await attached;
  assert.equal(stream.destroyed, true);
});
