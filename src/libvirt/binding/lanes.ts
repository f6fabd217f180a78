/**
 * A few connections to one daemon, each used by one call at a time, so that an error found on a connection
 * belongs to the call that failed. A second one opens only when calls really overlap, or for what may cost a
 * connection its life: libvirtd closes one on which its answer does not fit a message, as when it quotes a guest's
 * agent in an error.
 */
import { LibvirtError } from '../errors.ts';
import type { Pointer } from './native.ts';
import type { Runtime } from './runtime.ts';

/**
 * Calls that run at the same time. Node has four worker threads: one is the event loop's, one is left for
 * files and name resolution.
 */
const maxLanes = 2;

/** A connection that a caller has for itself. */
export interface Lane {
  connection: Pointer;
  /** Waits for a call; throws libvirt's error if it gave -1. @param call says what was tried. */
  number(call: string, result: Promise<number>): Promise<number>;
  /** Waits for a call; throws libvirt's error if it gave NULL. */
  value<T>(call: string, result: Promise<T | null>): Promise<T>;
}

export class Lanes {
  readonly #runtime: Runtime;
  readonly #uri: string;
  /** Carries the events too. When it ends, all do. */
  readonly #first: Pointer;
  readonly #all: Pointer[];
  readonly #idle: Pointer[];
  readonly #waiting: (() => void)[] = [];
  #opening = 0;
  #closed: string | undefined;

  constructor(runtime: Runtime, uri: string, first: Pointer) {
    this.#runtime = runtime;
    this.#uri = uri;
    this.#first = first;
    this.#all = [first];
    this.#idle = [first];
  }

  /** Runs calls on a connection that nobody else uses meanwhile. */
  use<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    return this.#useOne(() => true, work);
  }

  /** Like `use`, on a connection whose end nobody else notices. */
  useSpare<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    return this.#useOne((connection) => connection !== this.#first, work);
  }

  async #useOne<T>(fits: (connection: Pointer) => boolean, work: (lane: Lane) => Promise<T>): Promise<T> {
    const connection = await this.#take(fits);
    let ended = false;
    try {
      return await work(laneOn(this.#runtime, connection));
    } catch (error) {
      ended = isConnectionLost(error);
      throw error;
    } finally {
      if (ended && connection !== this.#first) await this.#drop(connection);
      else this.#idle.push(connection);
      this.#wake();
    }
  }

  /** Makes every later call fail. @param why ends the sentence "the connection …". */
  refuse(why: string): void {
    this.#closed ??= why;
    this.#wake();
  }

  /** Waits for calls under way, then closes all connections. Call `refuse` first. @param last runs before that. */
  async close(last: () => Promise<void>): Promise<void> {
    while (this.#opening > 0 || this.#idle.length < this.#all.length) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#idle.length = 0;
    await last();
    for (const connection of this.#all.splice(0)) await this.#runtime.libvirt.close(connection);
  }

  async #take(fits: (connection: Pointer) => boolean): Promise<Pointer> {
    for (;;) {
      if (this.#closed !== undefined) throw lost(this.#closed);
      const index = this.#idle.findIndex(fits);
      const [connection] = index < 0 ? [] : this.#idle.splice(index, 1);
      if (connection !== undefined) return connection;
      if (this.#all.length + this.#opening < maxLanes) return await this.#open();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Who waits looks again: it may wait for one connection and not for another. */
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #drop(connection: Pointer): Promise<void> {
    this.#all.splice(this.#all.indexOf(connection), 1);
    await this.#runtime.libvirt.close(connection);
  }

  async #open(): Promise<Pointer> {
    this.#opening += 1;
    try {
      const connection = await this.#runtime.open(this.#uri);
      this.#all.push(connection);
      return connection;
    } finally {
      this.#opening -= 1;
      this.#wake();
    }
  }
}

/** Whether a call failed since the connection it was made on has ended. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof LibvirtError && error.reason === 'LibvirtConnectionLost';

/** A connection as its only user sees it. */
export function laneOn(runtime: Runtime, connection: Pointer): Lane {
  return {
    connection,
    number: async (call, result) => {
      const value = await result;
      if (value < 0) throw await failure(runtime, connection, call);
      return value;
    },
    value: async (call, result) => {
      const value = await result;
      if (value === null) throw await failure(runtime, connection, call);
      return value;
    },
  };
}

async function failure(runtime: Runtime, connection: Pointer, call: string): Promise<LibvirtError> {
  const error = runtime.errorOf(connection, call);
  return (await runtime.libvirt.isAlive(connection)) === 1 ? error : lost('ended', error);
}

function lost(why: string, cause?: LibvirtError): LibvirtError {
  const message = `the connection to libvirt ${why}; open a new one`;
  return new LibvirtError('LibvirtConnectionLost', message, cause === undefined ? {} : { cause });
}
