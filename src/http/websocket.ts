/** The server's side of KubeVirt's WebSockets: raw bytes in binary messages. */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer, createWebSocketStream } from 'ws';
import type { WebSocket } from 'ws';
import type { Upgrade } from './types.ts';

/** Subprotocol that KubeVirt's clients ask for. */
const subprotocol = 'plain.kubevirt.io';
/** Largest message taken from a client, in bytes; clients of consoles and ports send some ten thousand. */
const maxMessageBytes = 1024 * 1024;
/** How much a stream holds before its source is paused, in bytes. */
const bufferBytes = 64 * 1024;
/** Often enough that no proxy takes a silent stream for a dead one. */
const pingMs = 10_000;
/** Pings that may stay unanswered: KubeVirt gives a client a minute too. */
const maxUnanswered = 6;

let server: WebSocketServer | undefined;

/** Answers the handshake. @returns undefined when it was none, or the client has gone; the answer is given then. */
export function acceptWebSocket({ message, socket, head }: Upgrade): Promise<WebSocket | undefined> {
  server ??= new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
  // After a handshake that was refused there is nobody else to say so.
  socket.once('close', () => resolve(undefined));
  if (socket.destroyed) resolve(undefined);
  else server.handleUpgrade(message, socket, head, resolve);
  return promise;
}

/** Pings until the socket closes, and ends it when the client does not answer for a minute. */
export function keepAlive(client: WebSocket): void {
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered >= maxUnanswered) client.terminate();
    else client.ping();
    unanswered += 1;
  }, pingMs);
  timer.unref();
  client.on('pong', () => (unanswered = 0));
  client.once('close', () => clearInterval(timer));
}

/**
 * Carries bytes both ways until either side ends or `signal` aborts; both are closed then.
 * @throws what broke a side; an end is no error.
 */
export async function joinWebSocket(client: WebSocket, other: Duplex, signal: AbortSignal): Promise<void> {
  keepAlive(client);
  const bytes = createWebSocketStream(client, { highWaterMark: bufferBytes, allowHalfOpen: false });
  const end = (): void => {
    client.close(1000);
    other.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    await pipeline(bytes, other, bytes);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
