import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { keepAlive } from './websocket.ts';

/** A client that counts its pings; it answers them while `answers` is set. */
class Client extends EventEmitter {
  pings = 0;
  terminated = false;
  answers = true;

  ping(): void {
    this.pings += 1;
    if (this.answers) this.emit('pong');
  }

  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
}

test('a client that answers is pinged for as long as it is there', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const client = new Client();
  keepAlive(client as unknown as WebSocket);
  t.mock.timers.tick(600_000);
  assert.equal(client.pings, 60);
  assert.equal(client.terminated, false);
  client.emit('close');
  t.mock.timers.tick(600_000);
  assert.equal(client.pings, 60);
});

test('a client that has not answered for a minute is gone', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const client = new Client();
  client.answers = false;
  keepAlive(client as unknown as WebSocket);
  t.mock.timers.tick(60_000);
  assert.equal(client.terminated, false);
  t.mock.timers.tick(10_000);
  assert.equal(client.terminated, true);
});
