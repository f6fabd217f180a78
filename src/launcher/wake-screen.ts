/** Moves the pointer a little, as a hand on the mouse would: a screen that sleeps wakes up. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { MonovirtError } from '../support/errors.ts';

/** The one version of the protocol that QEMU offers. */
const protocol = Buffer.from('RFB 003.008\n');
const noAuthentication = 1;
/** Others who watch keep their sessions. */
const shared = 1;
const pointerEvent = 5;

/**
 * Speaks as much of VNC as it takes (RFC 6143).
 * @param path QEMU's VNC socket.
 * @throws MonovirtError `ScreenUnreachable`.
 */
export async function wakeScreen(path: string, signal: AbortSignal): Promise<void> {
  const socket = createConnection({ path, signal });
  // An error that nobody listens for would end the process; whoever waits gets it too.
  socket.on('error', () => socket.destroy());
  try {
    await once(socket, 'connect', { signal });
    await greet(socket, signal);
    for (const place of [0, 1, 0]) socket.write(pointerAt(place));
    socket.end();
    await once(socket, 'finish', { signal });
  } catch (error) {
    throw new MonovirtError('ScreenUnreachable', 'the screen cannot be woken', 'backoff', { cause: error });
  } finally {
    socket.destroy();
  }
}

async function greet(socket: Socket, signal: AbortSignal): Promise<void> {
  await read(socket, protocol.length, signal);
  socket.write(protocol);
  const [types = 0] = await read(socket, 1, signal);
  await read(socket, types, signal);
  socket.write(Buffer.from([noAuthentication]));
  await read(socket, 4, signal);
  socket.write(Buffer.from([shared]));
  const screen = await read(socket, 24, signal);
  await read(socket, screen.readUInt32BE(20), signal);
}

/** Exactly that many bytes. */
async function read(socket: Socket, size: number, signal: AbortSignal): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    if (socket.destroyed || socket.readableEnded) throw new Error('the screen ended the connection');
    await Promise.race([once(socket, 'readable', { signal }), once(socket, 'close', { signal })]);
  }
}

/** No button, at the same place in both directions. */
function pointerAt(place: number): Buffer {
  const event = Buffer.alloc(6);
  event.writeUInt8(pointerEvent, 0);
  event.writeUInt16BE(place, 2);
  event.writeUInt16BE(place, 4);
  return event;
}
