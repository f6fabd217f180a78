/** A hypervisor in memory that keeps libvirt's rules on states, for tests of whoever uses one. */
import { randomUUID } from 'node:crypto';
import { LibvirtError, libvirtError } from '../errors.ts';
import type {
  DomainName,
  DomainStatus,
  Hypervisor,
  HypervisorEvent,
  LifecycleEvent,
  Picture,
  RebootWay,
  StartOptions,
  Versions,
} from '../types.ts';

interface FakeDomain extends DomainName {
  xml: string;
  persistent: boolean;
  status: DomainStatus;
}

const off: DomainStatus = { state: 'shutoff', reason: 'unknown' };
const details: Readonly<Record<string, number>> = { shutdown: 0, destroyed: 1, crashed: 2, failed: 5 };

interface AgentCommand {
  execute: string;
  arguments?: Record<string, unknown>;
}
/** Answers by what it is given. */
export type AgentScript = (given: Record<string, unknown>) => unknown;

export class FakeHypervisor implements Hypervisor {
  /** Every call in order, as `start 4f…`: what a test asserts on when the order matters. */
  readonly calls: string[] = [];
  /** Method name → error that its next call rejects with, once. */
  readonly failures = new Map<string, Error>();
  /** Whether a guest obeys the power button. */
  obeysShutdown = true;
  /** What the guest agent answers: command → value of `return`, an error, or who says one or the other. No agent, no answer. */
  agentAnswers: Readonly<Record<string, unknown>> | undefined;
  /** What the screen shows. */
  picture: Picture = { mime: 'image/png', data: Buffer.from('PNG') };
  /** Sizes of disks in bytes, as `vda`. One that is not there has none. */
  readonly disks = new Map<string, number>();
  closed = false;
  readonly #domains = new Map<string, FakeDomain>();
  readonly #listeners = new Set<(event: HypervisorEvent) => void>();

  async versions(): Promise<Versions> {
    this.#enter('versions');
    return { libvirt: '11.3.0', qemu: '10.0.0' };
  }

  async alive(): Promise<boolean> {
    return !this.closed;
  }

  async list(): Promise<DomainName[]> {
    this.#enter('list');
    return [...this.#domains.values()].map(({ uuid, name }) => ({ uuid, name }));
  }

  async define(xml: string): Promise<string> {
    this.#enter('define');
    return this.#put(xml, true).uuid;
  }

  async create(xml: string, options: StartOptions = {}): Promise<string> {
    this.#enter('create');
    const domain = this.#put(xml, false);
    this.#run(domain, options);
    return domain.uuid;
  }

  async find(name: string): Promise<string | undefined> {
    this.#enter('find', name);
    return [...this.#domains.values()].find((domain) => domain.name === name)?.uuid;
  }

  async start(uuid: string, options: StartOptions = {}): Promise<void> {
    this.#enter('start', uuid);
    const domain = this.#get(uuid);
    if (isActive(domain)) throw invalid('start', 'domain is already running');
    this.#run(domain, options);
  }

  async status(uuid: string): Promise<DomainStatus> {
    this.#enter('status', uuid);
    return this.#domains.get(uuid)?.status ?? { state: 'absent', reason: 'unknown' };
  }

  async xml(uuid: string): Promise<string> {
    this.#enter('xml', uuid);
    return this.#get(uuid).xml;
  }

  async suspend(uuid: string): Promise<void> {
    this.#enter('suspend', uuid);
    this.#become(this.#active(uuid), { state: 'paused', reason: 'user' }, 'suspended');
  }

  async resume(uuid: string): Promise<void> {
    this.#enter('resume', uuid);
    this.#become(this.#active(uuid), { state: 'running', reason: 'user' }, 'resumed');
  }

  async shutdown(uuid: string): Promise<void> {
    this.#enter('shutdown', uuid);
    this.#active(uuid);
    if (this.obeysShutdown) this.end(uuid, 'shutdown');
  }

  async destroy(uuid: string): Promise<void> {
    this.#enter('destroy', uuid);
    this.#active(uuid);
    this.end(uuid, 'destroyed');
  }

  async reset(uuid: string): Promise<void> {
    this.#enter('reset', uuid);
    const { name } = this.#active(uuid);
    this.emit({ type: 'reboot', uuid, name });
  }

  async diskBytes(uuid: string, disk: string): Promise<number> {
    this.#enter('diskBytes', `${uuid} ${disk}`);
    this.#active(uuid);
    const bytes = this.disks.get(disk);
    if (bytes !== undefined) return bytes;
    throw libvirtError('read the size of a disk', { code: 8, domain: 10, message: `invalid path ${disk}` });
  }

  async resize(uuid: string, disk: string, bytes: number): Promise<void> {
    this.#enter('resize', `${uuid} ${disk} ${bytes}`);
    this.#active(uuid);
    this.disks.set(disk, bytes);
  }

  async reboot(uuid: string, way: RebootWay): Promise<void> {
    this.#enter('reboot', `${uuid} ${way}`);
    const { name } = this.#active(uuid);
    this.emit({ type: 'reboot', uuid, name });
  }

  async agentCommand(uuid: string, command: string): Promise<string> {
    const { execute, arguments: given = {} } = JSON.parse(command) as AgentCommand;
    this.#enter('agentCommand', `${uuid} ${execute}`);
    this.#active(uuid);
    const said = this.agentAnswers?.[execute];
    const answer = typeof said === 'function' ? await (said as AgentScript)(given) : said;
    if (answer === undefined) {
      const message = 'Guest agent is not responding: QEMU guest agent is not connected';
      throw libvirtError('ask the guest agent', { code: 86, domain: 10, message });
    }
    if (answer instanceof Error) throw answer;
    return JSON.stringify({ return: answer });
  }

  async screenshot(uuid: string): Promise<Picture> {
    this.#enter('screenshot', uuid);
    this.#active(uuid);
    return this.picture;
  }

  async undefine(uuid: string): Promise<void> {
    this.#enter('undefine', uuid);
    const domain = this.#get(uuid);
    domain.persistent = false;
    if (!isActive(domain)) this.#domains.delete(uuid);
    this.#tell(domain, 'undefined', 0);
  }

  subscribe(listener: (event: HypervisorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#listeners.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends a domain as a guest, an operator or a crash of QEMU would. */
  end(uuid: string, reason: 'shutdown' | 'destroyed' | 'crashed' | 'failed'): void {
    const domain = this.#get(uuid);
    domain.status = { state: 'shutoff', reason };
    if (!domain.persistent) this.#domains.delete(uuid);
    this.#tell(domain, 'stopped', details[reason] ?? 0);
  }

  /** Puts a domain into any state, as after a panic or an I/O error, and tells. */
  put(uuid: string, status: DomainStatus, event: LifecycleEvent = 'unknown'): void {
    this.#become(this.#get(uuid), status, event);
  }

  /** Ends the connection as a dead libvirtd would. */
  lose(): void {
    this.emit({ type: 'closed', reason: 'eof' });
    this.closed = true;
  }

  emit(event: HypervisorEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #enter(method: string, subject?: string): void {
    this.calls.push(subject === undefined ? method : `${method} ${subject}`);
    if (this.closed)
      throw new LibvirtError('LibvirtConnectionLost', `cannot ${method}: the connection is closed`);
    const key = method.split(' ')[0] ?? method;
    const failure = this.failures.get(key);
    this.failures.delete(key);
    if (failure !== undefined) throw failure;
  }

  #put(xml: string, persistent: boolean): FakeDomain {
    const uuid = /<uuid>([^<]+)<\/uuid>/.exec(xml)?.[1] ?? randomUUID();
    const name = /<name>([^<]+)<\/name>/.exec(xml)?.[1];
    if (name === undefined)
      throw libvirtError('define the domain', { code: 27, domain: 20, message: 'XML error: missing name' });
    const domain = { uuid, name, xml, persistent, status: this.#domains.get(uuid)?.status ?? off };
    this.#domains.set(uuid, domain);
    this.#tell(domain, 'defined', 0);
    return domain;
  }

  #get(uuid: string): FakeDomain {
    const domain = this.#domains.get(uuid);
    if (domain === undefined) {
      throw libvirtError(`find the domain ${uuid}`, { code: 42, domain: 10, message: 'Domain not found' });
    }
    return domain;
  }

  #active(uuid: string): FakeDomain {
    const domain = this.#get(uuid);
    if (!isActive(domain)) throw invalid('change the domain', 'domain is not running');
    return domain;
  }

  #run(domain: FakeDomain, options: StartOptions): void {
    domain.status =
      options.paused === true ? { state: 'paused', reason: 'user' } : { state: 'running', reason: 'booted' };
    this.#tell(domain, 'started', 0);
  }

  #become(domain: FakeDomain, status: DomainStatus, event: LifecycleEvent): void {
    domain.status = status;
    this.#tell(domain, event, 0);
  }

  #tell({ uuid, name }: DomainName, event: LifecycleEvent, detail: number): void {
    this.emit({ type: 'lifecycle', uuid, name, event, detail });
  }
}

function isActive(domain: FakeDomain): boolean {
  return domain.status.state !== 'shutoff' && domain.status.state !== 'crashed';
}

function invalid(call: string, message: string): LibvirtError {
  return libvirtError(call, {
    code: 55,
    domain: 10,
    message: `Requested operation is not valid: ${message}`,
  });
}
