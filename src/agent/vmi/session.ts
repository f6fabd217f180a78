/**
 * The agent's side of one launcher, from the moment its pod is bound to the node until the pod has ended:
 * wait for the socket, connect, prepare the network, start the domain, follow it. It begins long before the
 * kubelet reports the pod as started, so that network and domain cost no time of their own.
 */
import type { Vmi } from '../../api/types.ts';
import type { DomainReport, Method, Methods, ReportMethod, WireError } from '../../launcher/protocol.ts';
import { withPodMacs } from '../../network/links.ts';
import { networkPlan } from '../../network/plan.ts';
import { whenAborted } from '../../support/abort.ts';
import { backoffMs, delay } from '../../support/delay.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import type { ControlConnection } from '../launcher-client/control.ts';
import type { Launchers, Target } from '../launcher-client/launcher.ts';
import { calm } from './calm.ts';
import type { Calm } from './calm.ts';
import { claimSizes } from './claim-sizes.ts';
import type { LauncherView } from './snapshot.ts';

/** First and longest pause between attempts to connect or to start, in milliseconds. */
const retryMs = { first: 20, longest: 15_000 };
/** How many changes of a launcher's state are acted on; a guest's life has a dozen. */
const pace = { burst: 30, everyMs: 2000 };
/** Pause before a shutdown that a launcher refused is asked for again, in milliseconds. */
const shutdownRetryMs = 2000;
/** Reasons for which a launcher is not reached while it starts or ends. */
const passing: ReadonlySet<string> = new Set(['LauncherUnreachable', 'LauncherGone', 'PeerGone']);

export interface SessionOptions {
  /** `namespace/name` of the VMI. */
  key: string;
  target: Target;
  launchers: Launchers;
  logger: Logger;
  /** Called whenever `view` is another one. */
  changed(): void;
  /** Called with the cause of each new failure to start. */
  failed(failure: WireError): void;
}

/** One launcher. Create it when its pod is seen, `end` it when the pod is gone. */
export class Session {
  readonly key: string;
  readonly target: Target;
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #vmi = Promise.withResolvers<Vmi>();
  #newest: Vmi | undefined;
  /** Sizes of claims that the launcher has heard of on this connection, or soon will. */
  #told: { sizes: string | undefined } | undefined;
  #deleting = false;
  #connection: ControlConnection | undefined;
  #view: LauncherView = { connected: false, report: undefined, failure: undefined, shutdownAsked: undefined };
  /** What others see: a launcher that says something new all the time is heard at a bounded rate. */
  #shown = this.#view;
  readonly #showing: Calm;

  constructor(options: SessionOptions) {
    this.key = options.key;
    this.target = options.target;
    this.#options = options;
    this.#showing = calm(() => this.#show(), pace);
    this.#done = this.#run(this.#stop.signal);
  }

  get view(): LauncherView {
    return this.#shown;
  }

  /** Hands in the VMI, once it is proved that the pod is its own; the domain is started with it. */
  provide(vmi: Vmi): void {
    this.#deleting = vmi.metadata.deletionTimestamp !== undefined;
    this.#newest = vmi;
    this.#vmi.resolve(vmi);
    void this.#tellSizes();
  }

  /** Asks for something that the launcher answers with a report. @throws like `ask`. */
  async request<M extends ReportMethod>(method: M, params: Methods[M]['params']): Promise<DomainReport> {
    const report: DomainReport = await this.ask<ReportMethod>(method, params);
    this.#accept(report);
    return report;
  }

  /** Sends a request on the current connection. @throws MonovirtError `LauncherGone` when there is none. */
  async ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    if (this.#connection !== undefined) return this.#connection.request(method, params);
    throw new MonovirtError(
      'LauncherGone',
      'the node agent has no connection to the launcher now; try again',
    );
  }

  /**
   * Asks the guest to stop.
   * @param deadline is kept in `view.shutdownAsked`, for whoever decides whether to ask again.
   */
  async shutdown(gracePeriodSeconds: number, deadline: number): Promise<void> {
    this.#deleting = true;
    this.#update({ shutdownAsked: deadline });
    try {
      await this.request('shutdown', { gracePeriodSeconds });
    } catch (error) {
      void delay(shutdownRetryMs, this.#stop.signal).then(() => this.#update({ shutdownAsked: undefined }));
      throw error;
    }
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    this.#showing.end();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.#converse(signal, () => (attempt = 0));
      } catch (error) {
        if (!signal.aborted) this.#notReached(error);
      }
      await delay(backoffMs(attempt, retryMs.first, retryMs.longest), signal);
    }
  }

  /** A launcher that comes or goes is no news; one that is there and cannot be spoken to is. */
  #notReached(error: unknown): void {
    this.#options.logger.info('launcher not reached', { error: messageOf(error) });
    if (error instanceof MonovirtError && !passing.has(error.reason)) this.#fail(wireErrorOf(error));
  }

  /** One connection: from its making to its end. */
  async #converse(signal: AbortSignal, connected: () => void): Promise<void> {
    const { launchers } = this.#options;
    await launchers.wait(this.target.podUid, signal);
    const connection = await launchers.control(this.target, (report) => this.#accept(report), signal);
    const close = (): void => connection.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      connected();
      await this.#follow(connection, signal);
    } finally {
      connection.close();
      signal.removeEventListener('abort', close);
      this.#connection = undefined;
      this.#told = undefined;
      this.#update({ connected: false, shutdownAsked: undefined });
    }
  }

  /** Learns the state, starts what is to be started, and stays until the connection ends. */
  async #follow(connection: ControlConnection, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    this.#accept(await connection.request('report', {}));
    this.#connection = connection;
    this.#update({ connected: true });
    logger.info('launcher connected', { state: this.#view.report?.state });
    const lost = new AbortController();
    void this.#tellSizes();
    const starting = this.#start(connection, AbortSignal.any([signal, lost.signal]));
    const cause = await connection.closed;
    logger.info('launcher disconnected', { error: messageOf(cause) });
    lost.abort();
    await starting;
  }

  /** Prepares the network and starts the domain, until that worked; a domain that exists is left alone. */
  async #start(connection: ControlConnection, signal: AbortSignal): Promise<void> {
    const vmi = await Promise.race([this.#vmi.promise, whenAborted(signal).then(() => undefined)]);
    if (vmi === undefined) return;
    for (let attempt = 0; !signal.aborted && !this.#deleting; attempt += 1) {
      if (this.#view.report?.state !== 'absent') return;
      try {
        const failure = await this.#prepareAndSync(connection, vmi, signal);
        if (failure === undefined) return;
        this.#fail(failure);
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(wireErrorOf(error));
      }
      await delay(backoffMs(attempt, retryMs.first, retryMs.longest), signal);
    }
  }

  /** @returns why the domain did not start, if it did not. */
  async #prepareAndSync(
    connection: ControlConnection,
    vmi: Vmi,
    signal: AbortSignal,
  ): Promise<WireError | undefined> {
    const { launchers, logger } = this.#options;
    const begun = performance.now();
    const links = await launchers.prepare(this.target.podUid, networkPlan(vmi), signal);
    const prepared = performance.now();
    // Container disks may be pulled for minutes before they are there: the launcher waits for them.
    const sync = { vmi: withPodMacs(vmi, links), options: { networkReady: true, links } };
    const report = await connection.request('sync', sync, Number.POSITIVE_INFINITY);
    this.#told = { sizes: claimSizes(vmi) };
    this.#accept(report);
    if (report.failure !== undefined) return report.failure;
    void this.#tellSizes();
    const [prepareMs, syncMs] = [prepared - begun, performance.now() - prepared].map(Math.round);
    logger.info('guest started', { prepareMs, syncMs });
    return undefined;
  }

  /** Sizes of claims that the launcher has not heard of, when there is a domain to tell it for. */
  get #untold(): { vmi: Vmi; sizes: string } | undefined {
    const vmi = this.#newest;
    const sizes = vmi && claimSizes(vmi);
    if (vmi === undefined || sizes === undefined || sizes === this.#told?.sizes) return undefined;
    const runs = this.#connection !== undefined && (this.#view.report?.state ?? 'absent') !== 'absent';
    return runs ? { vmi, sizes } : undefined;
  }

  /** Lets the disks of a guest that runs become as large as their claims; the first time after each connection. */
  async #tellSizes(attempt = 0): Promise<void> {
    const telling = this.#untold;
    if (telling === undefined) return;
    this.#told = telling;
    if (await this.#heard(telling.vmi)) return;
    await delay(backoffMs(attempt, retryMs.first, retryMs.longest), this.#stop.signal);
    // Else others were told meanwhile, or a new connection tells anew.
    if (this.#told !== telling || this.#stop.signal.aborted) return;
    this.#told = undefined;
    await this.#tellSizes(attempt + 1);
  }

  /** @returns whether the launcher took what the VMI says of its claims. */
  async #heard(vmi: Vmi): Promise<boolean> {
    try {
      await this.request('sync', { vmi, options: { networkReady: true } });
      return true;
    } catch (error) {
      this.#options.logger.info('disks not grown', { error: messageOf(error) });
      return false;
    }
  }

  #fail(failure: WireError): void {
    const known = this.#view.failure;
    if (known?.reason === failure.reason && known.message === failure.message) return;
    this.#options.logger.warn('guest not started', { reason: failure.reason, error: failure.message });
    this.#options.failed(failure);
    this.#update({ failure });
  }

  /** Takes a report unless a newer one is here already. */
  #accept(report: DomainReport): void {
    const { report: known, failure } = this.#view;
    if (known !== undefined && report.sequence < known.sequence) return;
    const started = report.failure === undefined && report.state !== 'absent';
    this.#update({ report, failure: started ? undefined : failure });
  }

  #update(change: Partial<LauncherView>): void {
    this.#view = { ...this.#view, ...change };
    // What the agent itself did is known at once, or it would be done again.
    if (change.shutdownAsked !== undefined) this.#show();
    else this.#showing.request();
  }

  #show(): void {
    this.#shown = this.#view;
    this.#options.changed();
  }
}

function wireErrorOf(error: unknown): WireError {
  const reason = error instanceof MonovirtError ? error.reason : 'InternalError';
  return { reason, message: messageOf(error) };
}
