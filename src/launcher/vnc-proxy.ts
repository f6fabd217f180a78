/** Joins the agent's VNC sessions to QEMU's socket, one at a time. */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { Logger } from '../support/log.ts';

export interface VncProxy extends Disposable {
  /** Splices `session` to QEMU, ending the older session. `received` is what it has sent already. */
  attach(session: Socket, received: Buffer): void;
}

/** @param socket QEMU's VNC socket. */
export function vncProxy(socket: string, log: Logger): VncProxy {
  let current: Socket | undefined;
  return {
    attach: (session, received) => {
      current?.destroy();
      current = session;
      const display = createConnection(socket);
      display.on('error', (error) => {
        log.warn('the display is not reachable', { error: error.message });
        session.destroy();
      });
      display.on('close', () => session.destroy());
      session.on('close', () => display.destroy());
      display.write(received);
      session.pipe(display);
      display.pipe(session);
    },
    [Symbol.dispose]: () => void current?.destroy(),
  };
}
