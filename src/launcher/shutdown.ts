/** Stopping a guest: the power button, pressed again while its grace lasts, then the plug. */
import type { Hypervisor } from '../libvirt/types.ts';
import { delay } from '../support/delay.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';

/** A guest that still boots misses the first presses. */
const pressEveryMs = 5_000;

/** libvirt sends SIGTERM and after ten seconds SIGKILL. The kubelet waits fifteen beyond the grace. */
const libvirtPatienceMs = 12_000;

export interface ShutdownOptions {
  uuid: string;
  /** The current connection, which may change while the guest takes its time. */
  hypervisor: (signal: AbortSignal) => Promise<Hypervisor>;
  log: Logger;
  /** Aborts when the guest has ended. */
  ended: AbortSignal;
  /** Ends QEMU without libvirt. */
  pullPlug: () => Promise<void>;
  /** How long libvirt may take to destroy the domain, in milliseconds. */
  patienceMs?: number;
  now?: () => number;
}

/** The end of one guest; a later request may only bring it nearer. */
export class Shutdown {
  readonly #options: ShutdownOptions;
  #deadline = Number.POSITIVE_INFINITY;
  #nearer = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  /** Begins, or shortens what has begun. Returns at once; `ended` tells when it is over. */
  request(gracePeriodSeconds: number): void {
    const deadline = this.#now() + gracePeriodSeconds * 1000;
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    this.#nearer.abort();
    this.#nearer = new AbortController();
    this.#running ??= this.#run();
  }

  /** Settles when nothing is tried any more. */
  get finished(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    const { ended } = this.#options;
    // A QEMU that hangs answers nothing, so a press is not waited for beyond the deadline.
    let pressing: Promise<void> | undefined;
    while (!ended.aborted && this.#now() < this.#deadline) {
      pressing ??= this.#try('press the power button', (hypervisor) => this.#press(hypervisor)).finally(
        () => (pressing = undefined),
      );
      await this.#pause(Math.min(pressEveryMs, this.#deadline - this.#now()));
    }
    while (!ended.aborted) {
      await this.#destroy();
      await delay(1_000, ended);
    }
  }

  /** Calls that hang with QEMU leave libvirt no connection and no lock to destroy it with: then the plug is pulled. */
  async #destroy(): Promise<void> {
    const { ended, patienceMs = libvirtPatienceMs, pullPlug, uuid } = this.#options;
    const done = new AbortController();
    const destroying = this.#try('destroy the domain', (hypervisor) => hypervisor.destroy(uuid));
    await Promise.race([destroying, delay(patienceMs, AbortSignal.any([ended, done.signal]))]);
    done.abort();
    if (!ended.aborted && (await isPending(destroying))) await this.#try('pull the plug', pullPlug);
    await destroying;
  }

  /** A paused guest cannot hear the button, so it goes on first. */
  async #press(hypervisor: Hypervisor): Promise<void> {
    const { uuid } = this.#options;
    const { state } = await hypervisor.status(uuid);
    if (state === 'paused') await hypervisor.resume(uuid);
    await hypervisor.shutdown(uuid);
  }

  async #try(what: string, call: (hypervisor: Hypervisor) => Promise<void>): Promise<void> {
    const { hypervisor, ended, log } = this.#options;
    const hurry = AbortSignal.any([ended, this.#nearer.signal]);
    try {
      await call(await hypervisor(what === 'press the power button' ? hurry : ended));
    } catch (error) {
      if (!ended.aborted) log.warn('a step of the shutdown failed', { step: what, error: messageOf(error) });
    }
  }

  #pause(ms: number): Promise<void> {
    return delay(Math.max(0, Math.ceil(ms)), AbortSignal.any([this.#options.ended, this.#nearer.signal]));
  }

  #now(): number {
    return (this.#options.now ?? performance.now.bind(performance))();
  }
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
