/** WebSockets of a guest's console and screen, which are lent to one client at a time. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { keepAlive } from './websocket.ts';

/** How long a client may take to read what it is sent last, in milliseconds. */
const farewellMs = 1_000;

export interface Lent {
  /** What the WebSocket runs on. */
  socket: Duplex;
  /** What the client sees. */
  other: Duplex;
  /** Takes it back. */
  signal: AbortSignal;
  /** The last words once it was taken back; none when empty. */
  farewell: () => string;
}

/**
 * Carries bytes both ways until either side ends. The client's connection is then dropped without a closing frame, as
 * KubeVirt's are: its clients tell users then what may have happened, and end without a word otherwise.
 * Never rejects: whichever side breaks, both end.
 */
export async function lendWebSocket(
  client: WebSocket,
  { socket, other, signal, farewell }: Lent,
): Promise<void> {
  keepAlive(client);
  const takeBack = (): void => {
    other.destroy();
    dropSoon(socket);
  };
  signal.addEventListener('abort', takeBack, { once: true });
  if (signal.aborted) takeBack();
  takeTyped(client, other);
  try {
    for await (const chunk of other as AsyncIterable<Buffer>) await sent(client, chunk);
  } catch {
    // The end of either side looks so.
  }
  signal.removeEventListener('abort', takeBack);
  other.destroy();
  const words = signal.aborted ? farewell() : '';
  if (words !== '') await sent(client, Buffer.from(words)).catch(() => undefined);
  dropSoon(socket);
  socket.end();
  if (!socket.closed) await once(socket, 'close');
}

/** What the client sends, no faster than it is taken. */
function takeTyped(client: WebSocket, other: Duplex): void {
  client.on('message', (data) => {
    if (other.write(data)) return;
    client.pause();
    other.once('drain', () => client.resume());
  });
  client.on('error', () => undefined);
  client.once('close', () => other.destroy());
}

/** Resolves when the connection has taken it: a client that reads slowly slows down what it reads. */
function sent(client: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(data, { binary: true }, (error) => (error ? reject(error) : resolve()));
  });
}

/** A client that does not read would hold its connection for ever. */
function dropSoon(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
