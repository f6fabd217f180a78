import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { until } from '../kube/testing/until.ts';
import { serveVnc } from './vnc.ts';

const echo = (): Duplex =>
  new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      this.push(chunk);
      done();
    },
  });

async function serve(open: () => Promise<Duplex>) {
  const stop = new AbortController();
  let printed = '';
  const output = { write: (text: string) => void (printed += text) };
  const served = serveVnc(open, { port: 0, viewer: false }, output, stop.signal);
  await until(() => printed.includes('\n'), 'the address is printed');
  const port = Number(/:(\d+)\n/.exec(printed)?.[1]);
  const connect = async (): Promise<Socket> => {
    const socket = createConnection(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  return { stop, served, connect, printed: () => printed };
}

test('a viewer is joined to the screen, and let go when the command ends', { timeout: 5_000 }, async () => {
  const { stop, served, connect } = await serve(async () => echo());
  const viewer = await connect();
  viewer.write('RFB');
  const [shown] = (await once(viewer, 'data')) as [Buffer];
  assert.equal(shown.toString(), 'RFB');
  const closed = once(viewer, 'close');
  stop.abort();
  await Promise.all([served, closed]);
});

test('a viewer that goes before it is joined ends nothing but itself', async () => {
  const opening = Promise.withResolvers<Duplex>();
  const { stop, served, connect, printed } = await serve(() => opening.promise);
  const viewer = await connect();
  viewer.resetAndDestroy();
  await once(viewer, 'close');
  opening.reject(new Error('no screen'));
  await until(() => printed().includes('no screen'), 'the refusal is printed');
  stop.abort();
  await served;
});
