/** The one owner of the pod's domain: everything that happens to it goes through here, one thing at a time. */
import type { Vmi } from '../api/types.ts';
import type { DomainStatus, Hypervisor, HypervisorEvent } from '../libvirt/types.ts';
import type { PodLink } from '../network/links.ts';
import { networkPlan } from '../network/plan.ts';
import { messageOf, MonovirtError } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { hasAgent, ioErrorOf, machineTypeOf, withoutPast } from './domain-facts.ts';
import { defineDomain } from './define-domain.ts';
import type { Disks, Pod } from './domain-pod.ts';
import { exitCodeOf, isActive } from './ending.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { GuestAgent } from './guest/agent.ts';
import type { DomainReport, SyncOptions } from './protocol.ts';
import { ReportBoard } from './report.ts';
import { SerialQueue } from './serial-queue.ts';
import { Shutdown } from './shutdown.ts';

export interface DomainManagerOptions {
  hypervisor: (signal: AbortSignal) => Promise<Hypervisor>;
  pod: Pod;
  log: Logger;
}

export class DomainManager {
  readonly reports = new ReportBoard();
  readonly agent: GuestAgent;
  readonly #options: DomainManagerOptions;
  readonly #queue = new SerialQueue();
  readonly #end = Promise.withResolvers<ExitCode>();
  /** Aborts when the guest is to end: what is still being prepared is given up. */
  readonly #stopping = new AbortController();
  /** Aborts when the end is known. */
  readonly #ended = new AbortController();
  #disks: Promise<Disks> | undefined;
  #uuid: string | undefined;
  #started = false;
  /** The guest's processors have run at least once. */
  #ran = false;
  #panicked = false;
  #shutdown: Shutdown | undefined;

  constructor(options: DomainManagerOptions) {
    this.#options = options;
    const { reports } = this;
    this.agent = new GuestAgent({ domain: () => this.running(), reports, log: options.log });
  }

  /** Settles once, when the launcher has nothing left to look after. */
  get ended(): Promise<ExitCode> {
    return this.#end.promise;
  }

  /** Whether a domain was started and has not ended. */
  get active(): boolean {
    return this.#started && !this.#ended.signal.aborted;
  }

  /** Brings the domain to what `vmi` asks for. Never rejects for the VMI's sake: see `failure` of the report. */
  async sync(vmi: Vmi, options: SyncOptions): Promise<DomainReport> {
    if (this.#started || this.#stopping.signal.aborted) return this.reports.current;
    const wired = options.networkReady || networkPlan(vmi).length === 0;
    const disks = this.#prepare(vmi);
    if (!wired) {
      // Failures come with the next sync, which waits for the disks.
      disks.catch(() => undefined);
      return this.reports.current;
    }
    try {
      const ready = await disks;
      return await this.#queue.run(() => this.#startOnce(vmi, ready, options.links ?? []));
    } catch (error) {
      return this.#startFailed(error);
    }
  }

  /** Stops the guest's processors. @throws MonovirtError `DomainNotRunning`. */
  pause(): Promise<DomainReport> {
    return this.#queue.run(async () => {
      const { hypervisor, uuid, status } = await this.running();
      if (status.state !== 'paused') await hypervisor.suspend(uuid);
      return this.#refreshNow();
    });
  }

  /** Lets them go on. @throws MonovirtError `DomainNotRunning`. */
  unpause(): Promise<DomainReport> {
    return this.#queue.run(async () => {
      const { hypervisor, uuid, status } = await this.running();
      if (status.state === 'paused') await hypervisor.resume(uuid);
      this.#ran = true;
      return this.#refreshNow();
    });
  }

  /** Pushes the reset button. @throws MonovirtError `DomainNotRunning`. */
  reset(): Promise<DomainReport> {
    return this.#queue.run(async () => {
      const { hypervisor, uuid } = await this.running();
      await hypervisor.reset(uuid);
      return this.#refreshNow();
    });
  }

  /** Asks the guest to reboot. Returns at once: the guest decides. @throws MonovirtError `DomainNotRunning`. */
  softReboot(): Promise<DomainReport> {
    return this.#queue.run(async () => {
      const { hypervisor, uuid } = await this.running();
      const way = this.agent.connected ? 'agent' : 'acpi';
      await hypervisor.reboot(uuid, way).catch((error: unknown) => {
        // An agent that reboots its guest has no time left to say so.
        if (!(error instanceof MonovirtError) || error.reason !== 'LibvirtAgentUnresponsive') throw error;
      });
      return this.#refreshNow();
    });
  }

  /** Begins to stop the guest; `ended` tells when it has. A shorter grace than before wins. Returns at once. */
  shutdown(gracePeriodSeconds: number): DomainReport {
    const { log, hypervisor, pod } = this.#options;
    log.info('stopping the guest', { gracePeriodSeconds });
    this.#stopping.abort(new MonovirtError('Stopping', 'the VM is being stopped', 'never'));
    const begin = (): void => {
      if (!this.#started || this.#uuid === undefined) return this.#finish(exitCodes.guestStopped);
      const [uuid, ended] = [this.#uuid, this.#ended.signal];
      this.#shutdown ??= new Shutdown({ uuid, hypervisor, log, ended, pullPlug: () => pod.pullPlug() });
      this.#shutdown.request(this.#ran ? gracePeriodSeconds : 0);
    };
    // A start that is under way is waited for. What else is under way may hang with QEMU, and is not.
    if (this.#started) begin();
    else void this.#queue.run(async () => begin());
    return this.reports.current;
  }

  /** Something happened at the hypervisor: look again. */
  onEvent(event: HypervisorEvent | { type: 'connected' }): void {
    if (event.type === 'lifecycle' && event.event === 'crashed') this.#panicked = true;
    if (event.type === 'agent') this.agent.turned(event.connected);
    if (event.type === 'ioError') this.reports.change({ ioError: ioErrorOf(event) });
    if (event.type === 'connected') void this.#refresh(() => this.#lookAgain());
    else if (event.type === 'lifecycle') void this.#refresh();
  }

  /** libvirtd was given up. The guest goes on without it if it runs. */
  onDaemonLost(error: MonovirtError): void {
    if (this.active) return;
    this.reports.change({ failure: { reason: error.reason, message: error.message } });
    this.#finish(exitCodes.libvirtUnavailable);
  }

  /** Settles when no shutdown is under way any more. */
  async settled(): Promise<void> {
    await this.#shutdown?.finished;
  }

  async #refresh(first: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    try {
      await this.#queue.run(async () => {
        await first();
        if (this.#uuid !== undefined) await this.#refreshNow();
      });
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      // The next connection or event looks again.
      this.#options.log.warn('the state of the domain is unknown', { error: messageOf(error) });
    }
  }

  #prepare(vmi: Vmi): Promise<Disks> {
    this.#disks ??= this.#options.pod.prepareDisks(vmi, this.#stopping.signal);
    return this.#disks;
  }

  async #startOnce(vmi: Vmi, disks: Disks, links: readonly PodLink[]): Promise<DomainReport> {
    if (this.#started || this.#stopping.signal.aborted) return this.reports.current;
    await this.#start(vmi, disks, links);
    this.reports.change({ failure: null });
    return this.#refreshNow();
  }

  async #start(vmi: Vmi, disks: Disks, links: readonly PodLink[]): Promise<void> {
    const { pod, log } = this.#options;
    const hypervisor = await this.#options.hypervisor(this.#stopping.signal);
    await this.#adopt();
    if (this.#started) return;
    await pod.serveNetwork(vmi, links);
    this.#stopping.signal.throwIfAborted();
    pod.followConsole(vmi);
    const xml = pod.domainXml(vmi, disks);
    const uuid = await defineDomain(hypervisor, pod, { vmi, xml, signal: this.#stopping.signal });
    this.#stopping.signal.throwIfAborted();
    const paused = vmi.spec.startStrategy === 'Paused';
    await hypervisor.start(uuid, { paused });
    this.#uuid = uuid;
    this.#started = true;
    this.#ran = !paused;
    log.info('started the guest', { paused });
    void this.#describe(hypervisor, vmi);
  }

  /** A start that can never succeed ends the pod: nothing it is made of will change. */
  #startFailed(error: unknown): DomainReport {
    this.#disks = undefined;
    const reason = error instanceof MonovirtError ? error.reason : 'StartFailed';
    if (this.#stopping.signal.aborted) return this.reports.current;
    this.#options.log.error('the guest could not be started', { reason, error: messageOf(error) });
    const report = this.reports.change({ failure: { reason, message: messageOf(error) } });
    if (error instanceof MonovirtError && error.retry === 'never') this.#finish(exitCodes.startFailed);
    return report;
  }

  /** Takes over a domain that runs already: libvirtd came back and found it. */
  async #adopt(): Promise<void> {
    if (this.#uuid !== undefined) return;
    const hypervisor = await this.#options.hypervisor(this.#stopping.signal);
    const [domain] = await hypervisor.list();
    if (domain === undefined || !isActive(await hypervisor.status(domain.uuid))) return;
    this.#uuid = domain.uuid;
    this.#started = true;
    this.#ran = true;
    this.#options.log.info('adopted the running domain');
  }

  /** A new connection has missed events. */
  async #lookAgain(): Promise<void> {
    await this.#adopt();
    if (this.#uuid === undefined) return;
    const hypervisor = await this.#options.hypervisor(this.#ended.signal);
    this.agent.turned(hasAgent(await hypervisor.xml(this.#uuid)));
  }

  /** What is good to know but nobody waits for; asking for QEMU's version may take libvirt a second. */
  async #describe(hypervisor: Hypervisor, vmi: Vmi): Promise<void> {
    const interfaces = networkPlan(vmi).map(({ name, mac, tap }) => ({ name, mac, device: tap }));
    try {
      const xml = await hypervisor.xml(this.#uuid ?? '');
      const machineType = machineTypeOf(xml);
      // An event that came meanwhile knows better, and one that says no cannot have been missed.
      if (hasAgent(xml)) this.agent.turned(true);
      this.reports.change({ interfaces, ...(machineType === undefined ? {} : { machineType }) });
      const { qemu, libvirt } = await hypervisor.versions();
      this.reports.change({ qemuVersion: qemu, libvirtVersion: libvirt });
    } catch (error) {
      if (!this.#ended.signal.aborted)
        this.#options.log.warn('the domain is not described', { error: messageOf(error) });
    }
  }

  /** The domain while it runs. @throws MonovirtError `DomainNotRunning`. */
  async running(): Promise<{ hypervisor: Hypervisor; uuid: string; status: DomainStatus }> {
    const hypervisor = this.#started ? await this.#options.hypervisor(this.#ended.signal) : undefined;
    const status = await hypervisor?.status(this.#uuid ?? '');
    if (hypervisor === undefined || status === undefined || this.#uuid === undefined || !isActive(status)) {
      throw new MonovirtError('DomainNotRunning', 'the guest does not run', 'never');
    }
    return { hypervisor, uuid: this.#uuid, status };
  }

  /** Reads the state, reports it, and ends the launcher with the guest. */
  async #refreshNow(): Promise<DomainReport> {
    const hypervisor = await this.#options.hypervisor(this.#ended.signal);
    const status = await hypervisor.status(this.#uuid ?? '');
    const report = this.reports.change(withoutPast(status));
    if (this.#started && !isActive(status)) await this.#over(hypervisor, status);
    return report;
  }

  async #over(hypervisor: Hypervisor, status: DomainStatus): Promise<void> {
    if (status.state === 'crashed') {
      // Kept by libvirt for a post-mortem that nobody makes here.
      await hypervisor.destroy(this.#uuid ?? '').catch(() => undefined);
    }
    this.#finish(exitCodeOf(status, { panicked: this.#panicked, stopping: this.#stopping.signal.aborted }));
  }

  #finish(code: ExitCode): void {
    if (this.#ended.signal.aborted) return;
    this.#options.log.info('the end is reached', { exitCode: code });
    this.agent[Symbol.dispose]();
    this.#ended.abort(new MonovirtError('DomainEnded', 'the guest has ended', 'never'));
    this.#end.resolve(code);
  }
}
