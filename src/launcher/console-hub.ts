/** The only client of QEMU's serial socket: one session at a time, a log, and the tail of what was written. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { delay } from '../support/delay.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { waitForPath } from '../support/watch-path.ts';
import { Ring } from './ring.ts';

export interface ConsoleHubOptions {
  /** QEMU's socket. */
  socket: string;
  log: Logger;
  /** Gets all output of the guest, for the pod's log. */
  onOutput?: (chunk: Buffer) => void;
}

const tailBytes = 64 * 1024;
/** A session that reads slower than its guest writes loses output beyond this, never the guest's time. */
const maxBacklog = 1024 * 1024;
/** How long the end of a guest that is gone may take to arrive, in milliseconds. */
const lastWordsMs = 500;
/** About five seconds of trying. */
const maxAttempts = 100;

/**
 * Keeps reading the serial console whether anybody watches or not: a guest whose serial buffer is full would wait.
 * A newer session takes the console over from an older one.
 */
export class ConsoleHub implements AsyncDisposable {
  readonly #options: ConsoleHubOptions;
  readonly #tail = new Ring(tailBytes);
  readonly #stop = new AbortController();
  #serial: Socket | undefined;
  #session: Socket | undefined;
  #following: Promise<void> | undefined;

  constructor(options: ConsoleHubOptions) {
    this.#options = options;
  }

  /** Connects as soon as QEMU listens. Idempotent; call it again for a domain that was started again. */
  start(): void {
    this.#following ??= this.#follow().finally(() => (this.#following = undefined));
  }

  /** The last 64 KiB the guest wrote. */
  tail(): Buffer {
    return this.#tail.read();
  }

  /** Gives the console to `session`, taking it from whoever had it. `typed` is what it has sent already. */
  attach(session: Socket, typed: Buffer): void {
    this.#session?.destroy();
    this.#session = session;
    this.#serial?.write(typed);
    session.on('data', (chunk: Buffer) => {
      if (this.#session !== session || this.#serial?.write(chunk) !== false) return;
      session.pause();
      this.#serial.once('drain', () => session.resume());
    });
    session.on('close', () => {
      if (this.#session === session) this.#session = undefined;
    });
    session.resume();
  }

  /** Reads what a guest that is gone has said last. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    if (this.#serial !== undefined)
      await once(this.#serial, 'close', { signal: AbortSignal.timeout(lastWordsMs) }).catch(() => undefined);
    this.#serial?.destroy();
    this.#session?.destroy();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { socket, log } = this.#options;
    try {
      await waitForPath(socket, this.#stop.signal);
      await this.#drain(await this.#connect());
    } catch (error) {
      if (!this.#stop.signal.aborted)
        log.warn('the serial console is not reachable', { error: messageOf(error) });
    }
  }

  /** The socket's file is there a moment before somebody listens on it. */
  async #connect(): Promise<Socket> {
    for (let attempt = 0; ; attempt += 1) {
      const serial = createConnection(this.#options.socket);
      try {
        await once(serial, 'connect');
        return serial;
      } catch (error) {
        if (attempt >= maxAttempts || this.#stop.signal.aborted) throw error;
        await delay(attempt, this.#stop.signal);
      }
    }
  }

  /** Reads until QEMU ends. */
  async #drain(serial: Socket): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#serial = serial;
    serial.on('data', (chunk: Buffer) => this.#receive(chunk));
    serial.on('error', reject);
    serial.on('close', () => resolve());
    if (this.#stop.signal.aborted) serial.destroy();
    try {
      await promise;
    } finally {
      if (this.#serial === serial) this.#serial = undefined;
      this.#session?.end();
    }
  }

  #receive(chunk: Buffer): void {
    this.#tail.write(chunk);
    this.#options.onOutput?.(chunk);
    const session = this.#session;
    if (session !== undefined && session.writableLength <= maxBacklog) session.write(chunk);
  }
}
