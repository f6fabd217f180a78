/** Console and VNC: WebSockets bridged to launchers, one session of each kind a VM. */
import type { Socket } from 'node:net';
import { HttpError } from '../../http/status.ts';
import type { Upgrade } from '../../http/types.ts';
import { lendWebSocket } from '../../http/lent-websocket.ts';
import type { Lent } from '../../http/lent-websocket.ts';
import { acceptWebSocket } from '../../http/websocket.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import type { Launchers, Target } from '../launcher-client/launcher.ts';

/** Largest picture taken from a launcher, in bytes. */
const maxPictureBytes = 64 * 1024 * 1024;
/** How long a picture may take, in milliseconds. */
const pictureTimeoutMs = 20_000;

export type StreamKind = 'console' | 'vnc';

/** What a client is told whose session another one ends; a screen has no room for words. */
const farewells: Record<StreamKind, string> = {
  console: '\r\nSomebody else has opened this console: this session has ended.\r\n',
  vnc: '',
};

/** Opens and replaces streams. */
export class Streams {
  readonly #launchers: Launchers;
  /** What ends the current session, by kind and VMI. */
  readonly #active = new Map<string, AbortController>();
  /** Pictures that are being taken, by VMI. */
  readonly #pictures = new Map<string, Promise<Buffer>>();

  constructor(launchers: Launchers) {
    this.#launchers = launchers;
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
      await this.#bridge(launcher, upgrade, {
        signal,
        farewell: () => (session.signal.aborted ? farewells[kind] : ''),
      });
    } finally {
      if (this.#active.get(id) === session) this.#active.delete(id);
    }
  }

  /**
   * A picture of the screen, as PNG. Who asks while one is taken gets the same.
   * @param wake move the pointer first, which wakes a screen that sleeps.
   * @throws MonovirtError with the launcher's reason.
   */
  picture(target: Target, wake: boolean): Promise<Buffer> {
    const id = `${wake}/${target.vmiUid}`;
    const taken = this.#pictures.get(id);
    if (taken !== undefined) return taken;
    const taking = this.#takePicture(target, wake).finally(() => this.#pictures.delete(id));
    this.#pictures.set(id, taking);
    return taking;
  }

  async #takePicture(target: Target, wake: boolean): Promise<Buffer> {
    const signal = AbortSignal.timeout(pictureTimeoutMs);
    const socket = await this.#launchers.stream(target, { open: 'screenshot', wake }, signal);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxPictureBytes) throw new MonovirtError('PictureTooLarge', 'the picture is too large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }

  async #dial(kind: StreamKind, target: Target, signal: AbortSignal): Promise<Socket> {
    return this.#launchers.stream(target, { open: kind }, signal).catch((error: unknown) => {
      const what = kind === 'console' ? 'serial console' : 'VNC';
      throw new HttpError(
        500,
        'InternalError',
        `Failed to dial connection to the ${what}: ${messageOf(error)}`,
      );
    });
  }

  async #bridge(launcher: Socket, upgrade: Upgrade, how: Pick<Lent, 'signal' | 'farewell'>): Promise<void> {
    try {
      const client = await acceptWebSocket(upgrade);
      if (client === undefined) return;
      await lendWebSocket(client, { socket: upgrade.socket, other: launcher, ...how });
    } finally {
      launcher.destroy();
    }
  }
}
