/** Console and VNC: WebSockets bridged to launchers, one session of each kind a VM. */
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer, createWebSocketStream } from 'ws';
import type { WebSocket } from 'ws';
import { HttpError } from '../../http/status.ts';
import type { Upgrade } from '../../http/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import type { Launchers, Target } from '../launcher-client/launcher.ts';

/** WebSocket subprotocol of KubeVirt's streams: raw bytes in binary messages. */
const subprotocol = 'plain.kubevirt.io';
/** Largest message taken from a client, in bytes; a console sends a few. */
const maxMessageBytes = 1024 * 1024;
/** How much a stream holds before its source is paused, in bytes. */
const bufferBytes = 64 * 1024;

export type StreamKind = 'console' | 'vnc';

/** Opens and replaces streams. */
export class Streams {
  readonly #launchers: Launchers;
  readonly #logger: Logger;
  /** What ends the current session, by kind and VMI. */
  readonly #active = new Map<string, AbortController>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

  constructor(launchers: Launchers, logger: Logger) {
    this.#launchers = launchers;
    this.#logger = logger;
  }

  /**
   * Bridges a client and a launcher until either ends. A new session ends the one before it, unless the client
   * asks to preserve that.
   * @throws HttpError 503 when a session is to be preserved, 500 when the launcher cannot be reached.
   */
  async open(kind: StreamKind, target: Target, upgrade: Upgrade): Promise<void> {
    const id = `${kind}/${target.vmiUid}`;
    if (upgrade.query.get('preserveSession') === 'true' && this.#active.has(id)) {
      throw new HttpError(503, 'ServiceUnavailable', 'Active VNC connection. Request denied.');
    }
    this.#active.get(id)?.abort();
    const session = new AbortController();
    this.#active.set(id, session);
    const signal = AbortSignal.any([upgrade.signal, session.signal]);
    try {
      const launcher = await this.#dial(kind, target, signal);
      await this.#bridge(launcher, upgrade, signal);
    } finally {
      if (this.#active.get(id) === session) this.#active.delete(id);
    }
  }

  async #dial(kind: StreamKind, target: Target, signal: AbortSignal): Promise<Socket> {
    return this.#launchers.stream(target, kind, signal).catch((error: unknown) => {
      const what = kind === 'console' ? 'serial console' : 'VNC';
      throw new HttpError(
        500,
        'InternalError',
        `Failed to dial connection to the ${what}: ${messageOf(error)}`,
      );
    });
  }

  async #bridge(launcher: Socket, { message, socket, head }: Upgrade, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      launcher.destroy();
      socket.destroy();
      return;
    }
    const client = await new Promise<WebSocket | undefined>((resolve) => {
      socket.once('close', () => {
        launcher.destroy();
        // After a handshake that was refused there is nobody else to say so.
        resolve(undefined);
      });
      this.#server.handleUpgrade(message, socket, head, resolve);
    });
    if (client === undefined) return;
    const bytes = createWebSocketStream(client, { highWaterMark: bufferBytes, allowHalfOpen: false });
    const end = (): void => {
      client.close(1000);
      launcher.destroy();
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      await pipeline(bytes, launcher, bytes);
    } catch (error) {
      this.#logger.debug('stream ended', { error: messageOf(error) });
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }
}
