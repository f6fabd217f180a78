import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { HttpError } from '../http/status.ts';
import type { Upgrade } from '../http/types.ts';
import { connectAgent } from './agent-endpoint.ts';
import { handshake, splice } from './splice.ts';

const websocket = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': 'a2V5',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'plain.kubevirt.io',
};

test('the handshake carries what WebSockets need and nothing of the user', () => {
  const headers = { ...websocket, authorization: 'Bearer secret', 'x-remote-user': 'ann', cookie: 'a=b' };
  assert.equal(
    handshake('/v1/x', headers),
    'GET /v1/x HTTP/1.1\r\nhost: node-agent\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
      'sec-websocket-key: a2V5\r\nsec-websocket-version: 13\r\n' +
      'sec-websocket-protocol: plain.kubevirt.io\r\n\r\n',
  );
});

for (const smuggled of ['a\r\nx: y', 'a\n\nGET / HTTP/1.1']) {
  test(`a header with ${JSON.stringify(smuggled)} is refused`, () => {
    assert.throws(
      () => handshake('/v1/x', { ...websocket, 'sec-websocket-key': smuggled }),
      (error) => error instanceof HttpError && error.status === 400,
    );
  });
}

/** Both ends of a TCP connection. */
async function pair(t: TestContext): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  for (const socket of [near, far]) {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
  }
  return [near, far];
}

/** A client and an agent, joined. */
async function joined(t: TestContext): Promise<{ client: Socket; agent: Socket; done: Promise<void> }> {
  const [client, socket] = await pair(t);
  const [near, agent] = await pair(t);
  const upgrade = { socket, head: Buffer.from('early') } as unknown as Upgrade;
  return { client, agent, done: splice(upgrade, near, 'opening|') };
}

async function read(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(socket, 'data'))[0]);
  return text;
}

test('bytes go both ways, those that came with the request first', async (t) => {
  const { client, agent, done } = await joined(t);
  assert.equal(await read(agent, 13), 'opening|early');
  client.write('to the guest');
  assert.equal(await read(agent, 12), 'to the guest');
  agent.write('from the guest');
  assert.equal(await read(client, 14), 'from the guest');
  client.end();
  await done;
});

for (const row of [
  { name: 'the client breaks', ends: 'client', other: 'agent', how: 'resetAndDestroy' },
  { name: 'the client ends', ends: 'client', other: 'agent', how: 'end' },
  { name: 'the agent breaks', ends: 'agent', other: 'client', how: 'resetAndDestroy' },
  { name: 'the agent ends', ends: 'agent', other: 'client', how: 'end' },
] as const) {
  test(`when ${row.name}, nothing stays open`, async (t) => {
    const sides = await joined(t);
    await read(sides.agent, 13);
    sides[row.other].resume();
    const closed = once(sides[row.other], 'close');
    sides[row.ends][row.how]();
    await Promise.all([sides.done, closed]);
  });
}

test('a client that leaves while the agent is silent frees the connection to it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gone = new AbortController();
  const attempt = connectAgent(
    { host: '127.0.0.1', port },
    { certificate: '', key: '', ca: '' },
    gone.signal,
  );
  const refused = assert.rejects(attempt, (error) => error instanceof HttpError && error.status === 500);
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined).resume();
  const closed = once(socket, 'close');
  gone.abort();
  await Promise.all([refused, closed]);
});
