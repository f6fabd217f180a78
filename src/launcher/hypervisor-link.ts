/** The launcher's connection to its libvirtd, opened again whenever it is lost. */
import type { Hypervisor, HypervisorEvent, OpenHypervisor } from '../libvirt/types.ts';
import { backoffMs, delay } from '../support/delay.ts';
import { unlessAborted } from '../support/abort.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';

/** What the link needs of a supervised libvirtd. */
export interface Daemon {
  readonly uri: string;
  ready(signal: AbortSignal): Promise<void>;
}

export interface LinkOptions {
  daemon: Daemon;
  open: OpenHypervisor;
  log: Logger;
  /** Called for every event of a domain, and once for each new connection: read the state anew. */
  onEvent: (event: HypervisorEvent | { type: 'connected' }) => void;
}

export class HypervisorLink implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #stop = new AbortController();
  #current = Promise.withResolvers<Hypervisor>();
  #keeping: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects and stays connected; returns at once. */
  start(): void {
    this.#keeping ??= this.#keep();
  }

  /** The hypervisor, as soon as there is a connection. Rejects with the reason of `signal` when that aborts first. */
  async get(signal: AbortSignal): Promise<Hypervisor> {
    return unlessAborted(this.#current.promise, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.#connectOnce(() => (attempt = 0));
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn('no connection to libvirt', { error: messageOf(error) });
        await delay(backoffMs(attempt, 50, 5_000), signal);
      }
    }
  }

  /** Connects and resolves when the connection is lost. */
  async #connectOnce(onConnected: () => void): Promise<void> {
    const { daemon, open, onEvent, log } = this.#options;
    await daemon.ready(this.#stop.signal);
    const hypervisor = await open({ uri: daemon.uri });
    const lost = Promise.withResolvers<string>();
    this.#stop.signal.addEventListener('abort', () => lost.resolve('stopping'), { once: true });
    if (this.#stop.signal.aborted) lost.resolve('stopping');
    hypervisor.subscribe((event) => {
      if (event.type === 'closed') lost.resolve(event.reason);
      else onEvent(event);
    });
    this.#current.resolve(hypervisor);
    onConnected();
    onEvent({ type: 'connected' });
    const reason = await lost.promise;
    log.debug('the connection to libvirt ended', { reason });
    this.#current = Promise.withResolvers();
    await hypervisor.close();
  }
}
