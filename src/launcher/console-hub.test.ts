/** The console and the display against a socket that plays QEMU. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { ConsoleHub } from './console-hub.ts';
import { createLineLogger } from './log.ts';
import { Transcript } from './testing/eventually.ts';
import { vncProxy } from './vnc-proxy.ts';

const log = createLineLogger({ write: () => undefined });
let folder: string;
const open: (Server | Socket)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvc-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) {
    if ('destroy' in each) each.destroy();
    else each.close();
  }
  await rm(folder, { recursive: true, force: true });
});

/** Listens as QEMU would; resolves with each client. */
async function listen(name: string): Promise<{ path: string; next: () => Promise<Socket> }> {
  const path = join(folder, name);
  const server = createServer();
  open.push(server);
  const clients: Promise<Socket>[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const expect = (): void => void clients.push(new Promise((resolve) => waiting.push(resolve)));
  expect();
  server.on('connection', (socket) => {
    open.push(socket);
    socket.on('error', () => undefined);
    waiting.shift()?.(socket);
    expect();
  });
  server.listen(path);
  await once(server, 'listening');
  return { path, next: () => clients.shift() ?? assert.fail() };
}

/** Two ends of a connection: the agent's, and the one that the hub gets. */
async function session(): Promise<{
  near: Transcript;
  agent: Socket;
  hub: Socket;
  closed: Promise<unknown>;
}> {
  const { path, next } = await listen(`session-${open.length}`);
  const agent = createConnection(path);
  open.push(agent);
  agent.on('error', () => undefined);
  const near = new Transcript();
  agent.on('data', (chunk) => near.add(chunk));
  return { near, agent, hub: await next(), closed: once(agent, 'close') };
}

suite('the console', () => {
  test('is read with nobody there, and its end is kept', async () => {
    const output = new Transcript();
    const socket = join(folder, 'serial');
    await using hub = new ConsoleHub({ socket, log, onOutput: (chunk) => output.add(chunk) });
    hub.start();
    const qemu = await listen('serial');
    const serial = await qemu.next();
    for (let round = 0; round < 100; round += 1) serial.write(`${round} `.padEnd(5000, 'x'));
    serial.write('the end');
    await output.says('the end');
    assert.equal(hub.tail().length, 64 * 1024);
    assert.ok(hub.tail().toString().endsWith('xxxthe end'));
  });

  test('is reached although its socket was there before anybody listened', async () => {
    const socket = join(folder, 'serial');
    await writeFile(socket, '');
    await using hub = new ConsoleHub({ socket, log });
    hub.start();
    await new Promise(setImmediate);
    await rm(socket);
    const serial = await (await listen('serial')).next();
    const only = await session();
    hub.attach(only.hub, Buffer.alloc(0));
    serial.write('here');
    await only.near.says('here');
  });

  test('goes to the newest session, which ends the older', async () => {
    const qemu = await listen('serial');
    await using hub = new ConsoleHub({ socket: qemu.path, log });
    hub.start();
    const serial = await qemu.next();
    const typed = new Transcript();
    serial.on('data', (chunk) => typed.add(chunk));
    const [first, second] = [await session(), await session()];
    hub.attach(first.hub, Buffer.from('early '));
    serial.write('one');
    await first.near.says('one');
    first.agent.write('from the first');
    await typed.says('early from the first');
    hub.attach(second.hub, Buffer.alloc(0));
    await first.closed;
    serial.write('two');
    await second.near.says('two');
    assert.equal(first.near.text, 'one');
    second.agent.write('from the second');
    await typed.says('from the second');
  });

  test('ends its session when QEMU ends', async () => {
    const qemu = await listen('serial');
    await using hub = new ConsoleHub({ socket: qemu.path, log });
    hub.start();
    const serial = await qemu.next();
    const only = await session();
    hub.attach(only.hub, Buffer.alloc(0));
    serial.write('last words');
    await only.near.says('last words');
    serial.end();
    await only.closed;
  });

  test('is read to its end when the hub goes with its guest', async () => {
    const output = new Transcript();
    const qemu = await listen('serial');
    const hub = new ConsoleHub({ socket: qemu.path, log, onOutput: (chunk) => output.add(chunk) });
    hub.start();
    const serial = await qemu.next();
    serial.write('first words, ');
    await output.says('first words');
    serial.end('last words');
    await hub[Symbol.asyncDispose]();
    assert.equal(output.text, 'first words, last words');
  });

  test('does not let a session that never reads hold the guest up', async () => {
    const output = new Transcript();
    const qemu = await listen('serial');
    await using hub = new ConsoleHub({
      socket: qemu.path,
      log,
      onOutput: (chunk) => output.add(chunk.subarray(-20)),
    });
    hub.start();
    const serial = await qemu.next();
    const slow = await session();
    slow.agent.pause();
    hub.attach(slow.hub, Buffer.alloc(0));
    for (let round = 0; round < 200; round += 1) serial.write(Buffer.alloc(64 * 1024, 0x61));
    serial.write('through');
    await output.says('through');
    assert.ok(slow.hub.writableLength < 3 * 1024 * 1024);
  });
});

suite('the display', () => {
  test('goes to the newest session', async () => {
    const qemu = await listen('vnc');
    using proxy = vncProxy(qemu.path, log);
    const [first, second] = [await session(), await session()];
    proxy.attach(first.hub, Buffer.from('RFB'));
    const display = await qemu.next();
    const said = new Transcript();
    display.on('data', (chunk) => said.add(chunk));
    await said.says('RFB');
    display.write('hello');
    await first.near.says('hello');
    proxy.attach(second.hub, Buffer.alloc(0));
    await first.closed;
    const again = await qemu.next();
    again.write('again');
    await second.near.says('again');
  });
  test('that is not there ends the session', async () => {
    using proxy = vncProxy(join(folder, 'nothing'), log);
    const only = await session();
    proxy.attach(only.hub, Buffer.alloc(0));
    await only.closed;
  });
});
