/** What a local connection and a guest's port hear of each other. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { join } from './forward.ts';

/** A connected pair: what a command accepted, and its client. */
async function pair(): Promise<{ accepted: Socket; client: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  // As the listener does that accepts it.
  accepted.on('error', () => accepted.destroy());
  return { accepted, client };
}

const silent = { write: () => undefined };

test('a client that has said all still hears the answer', async () => {
  const local = await pair();
  const guest = await pair();
  await join(local.accepted, () => Promise.resolve(guest.client), silent);
  local.client.end('question');
  const [question] = (await once(guest.accepted, 'data')) as [Buffer];
  assert.equal(question.toString('utf8'), 'question');
  guest.accepted.end('answer');
  assert.equal(await text(local.client), 'answer');
});

test('a client that goes ends the stream', async () => {
  const local = await pair();
  const guest = await pair();
  await join(local.accepted, () => Promise.resolve(guest.client), silent);
  local.client.resetAndDestroy();
  await once(guest.client, 'close');
});

test('a refusal is said and ends the connection', async () => {
  const local = await pair();
  const said: string[] = [];
  await join(local.accepted, () => Promise.reject(new Error('no such \u001b[2Jport')), {
    write: (line) => said.push(line),
  });
  await once(local.client.resume(), 'close');
  assert.deepEqual(said, ['no such port\n']);
});
