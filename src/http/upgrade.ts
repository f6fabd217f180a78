/** Connections that leave HTTP: WebSockets and raw proxying. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { commonParts, urlOf } from './request.ts';
import { refuseUpgrade } from './respond.ts';
import type { Router } from './router.ts';
import { errorResponse, statusResponse } from './status.ts';
import type { UpgradeRoute } from './types.ts';

export interface RawUpgrade {
  message: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Hands a connection to its upgrade route; answers itself when there is none or when it refuses. */
export async function takeOver(
  routes: Router<UpgradeRoute>,
  upgraded: Set<Duplex>,
  { message, socket, head }: RawUpgrade,
): Promise<void> {
  const abort = new AbortController();
  const writtenBefore = bytesWritten(socket);
  upgraded.add(socket);
  // Piping both ways through one socket takes more listeners than Node finds usual; they go with the socket.
  socket.setMaxListeners(32);
  // An unhandled 'error' would end the process; the close that follows is what everyone waits for.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    upgraded.delete(socket);
    abort.abort(new Error('the client went away'));
  });
  try {
    const url = urlOf(message);
    const found = url === undefined ? undefined : routes.match(url.pathname)[0];
    if (url === undefined || found === undefined) {
      refuseUpgrade(
        socket,
        statusResponse(404, 'NotFound', `no stream is served at ${url?.pathname ?? 'this target'}`),
      );
      return;
    }
    const parts = commonParts(message, url, found.params);
    await found.value.handle({ ...parts, signal: abort.signal, message, socket, head });
  } catch (error) {
    // Once the route has begun to answer, an HTTP error would only garble its stream.
    if (bytesWritten(socket) === writtenBefore) refuseUpgrade(socket, errorResponse(error));
    else socket.destroy();
  }
}

function bytesWritten(socket: Duplex): number {
  return 'bytesWritten' in socket && typeof socket.bytesWritten === 'number' ? socket.bytesWritten : 0;
}
