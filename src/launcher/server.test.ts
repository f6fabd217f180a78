/** The launcher's socket against good and bad agents. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import type { Service } from './connection.ts';
import { createLineLogger } from './log.ts';
import { maxLineBytes } from './protocol.ts';
import { ReportBoard } from './report.ts';
import { serveAgent } from './server.ts';
import type { LauncherServer } from './server.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { testUid, testVmi } from './testing/vmi.ts';
import type { CheckedRequest } from './wire.ts';
import { parseRequest } from './wire.ts';

const log = createLineLogger({ write: () => undefined });
let folder: string;
let path: string;
let server: LauncherServer;
let board: ReportBoard;
let handled: CheckedRequest[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvs-'));
  path = join(folder, 'launcher.sock');
  board = new ReportBoard();
  handled = [];
  const echo = (session: Socket, received: Buffer): void => {
    session.write(received);
    session.pipe(session);
  };
  const service: Service = {
    uid: testUid,
    handle: async (request) => {
      handled.push(request);
      if (request.method === 'pause') throw new MonovirtError('DomainNotRunning', 'no');
      if (request.method === 'guestUsers') return [{ userName: '\0'.repeat(maxLineBytes / 6) }];
      return board.current;
    },
    subscribe: (listener) => board.subscribe(listener),
    attachConsole: echo,
    attachVnc: echo,
    screenshot: async (wake) => {
      if (wake) throw new MonovirtError('NoScreen', 'no');
      return Buffer.from('picture');
    },
    probe: async ({ command, timeoutSeconds }) => {
      if (command?.[0] === 'throw') throw new RangeError('out of \u001b range');
      return { exitCode: timeoutSeconds, output: command?.join(' ') ?? 'ping' };
    },
  };
  server = await serveAgent(path, service, log);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

suite('the socket', () => {
  test('belongs to its user alone', async () => assert.equal((await stat(path)).mode & 0o777, 0o600));

  test('answers requests and tells every agent what happens', async () => {
    const agents = [await TestAgent.connect(path), await TestAgent.connect(path)];
    for (const agent of agents) assert.deepEqual(agent.opened, { ok: true, uid: testUid, version: 1 });
    assert.equal(
      (await agents[0]!.call('sync', { vmi: testVmi(), options: { networkReady: true } })).state,
      'absent',
    );
    await assert.rejects(agents[1]!.call('pause', {}), { reason: 'DomainNotRunning' });
    board.change({ state: 'running', reason: 'booted' });
    for (const agent of agents) await agent.reports.find('running', ({ state }) => state === 'running');
  });

  test('does not repeat what is known', async () => {
    const agent = await TestAgent.connect(path);
    for (let round = 0; round < 3; round += 1) board.change({ reason: 'booted', state: 'running' });
    board.change({ state: 'shutoff' });
    await agent.reports.find('the end', ({ state }) => state === 'shutoff');
    assert.deepEqual(
      agent.reports.all.map(({ sequence }) => sequence),
      [1, 2],
    );
  });

  test('hands on what comes in one piece with the opening', async () => {
    const socket = createConnection(path);
    socket.write('{"open":"console","version":1}\ntyped early');
    await seen(socket, 'typed early');
    socket.destroy();
  });

  test('delivers the last report before it ends', async () => {
    const agent = await TestAgent.connect(path);
    await agent.call('report', {});
    board.change({ state: 'shutoff', reason: 'shutdown' });
    await server.flush(1000);
    await agent.reports.find('the end', ({ state }) => state === 'shutoff');
  });

  test('does not wait for an agent that does not read', async () => {
    const { socket } = await openSession(path, 'control');
    socket.pause();
    for (let round = 0; round < 60_000; round += 1) board.change({ machineType: String(round).padEnd(100) });
    const before = performance.now();
    await server.flush(50);
    assert.ok(performance.now() - before < 2000);
    socket.destroy();
  });
});

suite('a picture', () => {
  test('comes whole after the answer, and the connection ends', async () => {
    const { socket, opened } = await openSession(path, 'screenshot');
    assert.deepEqual(opened, { ok: true, uid: testUid, version: 1 });
    await seen(socket, 'picture');
  });

  test('that cannot be taken is refused with the reason', async () => {
    const socket = createConnection(path);
    socket.write('{"open":"screenshot","version":1,"wake":true}\n');
    await seen(socket, '{"ok":false,"error":{"reason":"NoScreen","message":"no"}}');
  });
});

suite('a probe', () => {
  test('is answered with a code and a text, and the connection ends', async () => {
    const socket = createConnection(path);
    const question = { timeoutSeconds: 7, command: ['cat', '/ready'] };
    socket.write(`${JSON.stringify({ open: 'probe', version: 1, probe: question })}\n`);
    assert.equal(await allOf(socket), '\u0007cat /ready');
  });

  test('that fails otherwise than foreseen is answered too, and nobody else suffers', async () => {
    const socket = createConnection(path);
    const question = { timeoutSeconds: 1, command: ['throw'] };
    socket.write(`${JSON.stringify({ open: 'probe', version: 1, probe: question })}\n`);
    assert.equal(await allOf(socket), '\u0001out of  range');
    assert.ok((await TestAgent.connect(path)).opened.ok);
  });
});

suite('bad agents', () => {
  const openings: [string, string | Buffer][] = [
    ['no JSON', 'hello\n'],
    ['another version', '{"open":"control","version":2}\n'],
    ['an unknown kind', '{"open":"shell","version":1}\n'],
    ['an array', '[]\n'],
    ['a probe without a question', '{"open":"probe","version":1}\n'],
    ['a probe without a time', '{"open":"probe","version":1,"probe":{"command":["true"]}}\n'],
    ['a probe of nothing', '{"open":"probe","version":1,"probe":{"timeoutSeconds":1,"command":[]}}\n'],
    ['a probe of numbers', '{"open":"probe","version":1,"probe":{"timeoutSeconds":1,"command":[1]}}\n'],
    ['a first line without end', Buffer.alloc(256 * 1024, 0x61)],
    ['bytes', Buffer.concat([randomBytes(100), Buffer.from('\n')])],
  ];
  for (const [name, bytes] of openings) {
    test(`are refused: ${name}`, async () => {
      const socket = createConnection(path);
      socket.write(bytes);
      await seen(socket, '"ok":false');
      if (!socket.destroyed) await once(socket, 'close');
    });
  }

  const requests: [string, string | Buffer][] = [
    ['no JSON', '{'],
    ['no id', '{"method":"report","params":{}}'],
    ['no method', '{"id":1,"params":{}}'],
    ['no params', '{"id":1,"method":"report"}'],
    [
      'a VMI without a spec',
      '{"id":1,"method":"sync","params":{"vmi":{"metadata":{"name":"a","uid":"b"}},"options":{"networkReady":true}}}',
    ],
    ['a timeout that is no number', '{"id":1,"method":"freeze","params":{"unfreezeTimeoutSeconds":"5m"}}'],
    ['a negative grace', '{"id":1,"method":"shutdown","params":{"gracePeriodSeconds":-1}}'],
    ['a line without end', Buffer.alloc(maxLineBytes + 1, 0x20)],
  ];
  for (const [name, bytes] of requests) {
    test(`lose their own connection only: ${name}`, async () => {
      const good = await TestAgent.connect(path);
      const { socket } = await openSession(path, 'control');
      const closed = once(socket, 'close');
      socket.on('error', () => undefined);
      socket.write(bytes);
      socket.write('\n');
      socket.resume();
      await closed;
      assert.equal((await good.call('report', {})).state, 'absent');
    });
  }

  for (const method of ['of the future', 'constructor']) {
    test(`that are younger keep their connection: ${method}`, async () => {
      const agent = await TestAgent.connect(path);
      await assert.rejects(agent.call(method as 'report', {}), { reason: 'UnknownMethod' });
      assert.equal((await agent.call('report', {})).state, 'absent');
    });
  }

  test('are told of an answer that would be too long for them', async () => {
    const agent = await TestAgent.connect(path);
    await assert.rejects(agent.call('guestUsers', {}), { reason: 'AnswerTooLong' });
    assert.equal((await agent.call('report', {})).state, 'absent');
  });

  test('cannot make the parser do anything but refuse', () => {
    const seed =
      '{"id":1,"method":"sync","params":{"vmi":{"metadata":{"name":"a","uid":"b"},"spec":{"domain":{"devices":{}}}},"options":{"networkReady":true}}}';
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Buffer.from(seed);
      for (let flips = 1 + (round % 6); flips > 0; flips -= 1)
        bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 128);
      try {
        parseRequest(bytes.toString());
      } catch (error) {
        assert.ok(error instanceof MonovirtError && error.reason === 'ProtocolError', String(error));
      }
    }
  });
});

async function seen(socket: Socket, text: string): Promise<void> {
  let all = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    all += String(chunk);
    if (all.includes(text)) return;
  }
  assert.fail(`the connection ended after ${JSON.stringify(all)}`);
}
