/** The launcher's socket for the node agent. */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { chmod, rename, rm } from 'node:fs/promises';
import { delay } from '../support/delay.ts';
import type { Logger } from '../support/log.ts';
import { serveConnection } from './connection.ts';
import type { Service } from './connection.ts';

/** Agents, old and new, consoles and displays at once. */
const maxConnections = 32;

export interface LauncherServer extends AsyncDisposable {
  /** Ends every connection after what was written to it; waits for that at most `ms` milliseconds. */
  flush(ms: number): Promise<void>;
}

/** Listens at `path`; the socket's appearance tells the agent that the launcher is up. */
export async function serveAgent(path: string, service: Service, log: Logger): Promise<LauncherServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, service, log);
  });
  server.maxConnections = maxConnections;
  // Bound elsewhere and moved: whoever sees the socket can connect to it.
  const partial = `${path}.new`;
  await rm(partial, { force: true });
  server.listen(partial);
  await once(server, 'listening');
  await chmod(partial, 0o600);
  await rename(partial, path);
  return {
    flush: async (ms) => {
      const written = [...sockets].map((socket) => ended(socket));
      const expired = new AbortController();
      await Promise.race([Promise.all(written), delay(ms, expired.signal)]);
      expired.abort();
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(path, { force: true });
    },
  };
}

async function ended(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  socket.end(() => resolve());
  await promise;
}
