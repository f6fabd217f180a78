import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { openStream } from './stream.ts';

test('an abort ends the wait for a server that does not answer', { timeout: 5_000 }, async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = new AbortController();
  const { port } = server.address() as AddressInfo;
  const opened = openStream(`ws://127.0.0.1:${port}/console`, {}, stop.signal);
  await once(server, 'connection');
  stop.abort();
  await assert.rejects(opened, { reason: 'StreamUnreachable' });
  for (const socket of sockets) socket.destroy();
  server.close();
});
