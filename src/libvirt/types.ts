/** What a launcher needs of a hypervisor. The libvirt binding implements it; `testing/fake.ts` does for tests. */
import type { DomainReason, DomainState } from './domain-state.ts';

/** State of a domain and why it is in it. `absent` when the hypervisor knows no such domain. */
export interface DomainStatus {
  state: DomainState;
  reason: DomainReason;
}

export interface Versions {
  /** As `9.0.0`. */
  libvirt: string;
  /** Version of QEMU, as `7.2.22`. */
  qemu: string;
}

/** A domain as a listing shows it. */
export interface DomainName {
  uuid: string;
  name: string;
}

/** What happened, unasked. Read the state anew on every one: events say that something changed, not what is. */
export type HypervisorEvent =
  | { type: 'lifecycle'; uuid: string; name: string; event: LifecycleEvent; detail: number }
  | { type: 'reboot'; uuid: string; name: string }
  | { type: 'agent'; uuid: string; name: string; connected: boolean }
  | {
      type: 'ioError';
      uuid: string;
      name: string;
      device: string;
      action: 'none' | 'pause' | 'report';
      reason: string;
    }
  /** The connection is lost; every later call fails with `LibvirtConnectionLost`. Open a new one. */
  | { type: 'closed'; reason: 'error' | 'eof' | 'keepalive' | 'client' };

export type LifecycleEvent =
  | 'defined'
  | 'undefined'
  | 'started'
  | 'suspended'
  | 'resumed'
  | 'stopped'
  | 'shutdown'
  | 'pmsuspended'
  | 'crashed'
  | 'unknown';

export interface DefineOptions {
  /** Check the XML against libvirt's schema, which must be installed; slow, for tests. */
  validate?: boolean;
}

export type RebootWay = 'acpi' | 'agent';

export interface Picture {
  /** `image/png`, or of older versions `image/x-portable-pixmap`. */
  mime: string;
  data: Buffer;
}

export interface StartOptions {
  /** Leave the guest's processors stopped; `resume` starts them. */
  paused?: boolean;
}

/**
 * A connection to a hypervisor. No native object ever escapes: a domain is addressed by its UUID, so there is
 * nothing to free but the connection. All calls may run at the same time; none blocks the event loop. Each
 * rejects with a `LibvirtError`.
 */
export interface Hypervisor extends AsyncDisposable {
  versions(): Promise<Versions>;
  /** Whether the connection still works. */
  alive(): Promise<boolean>;
  /** All domains, running or only defined. */
  list(): Promise<DomainName[]>;
  /**
   * Defines a persistent domain, or redefines it under the same UUID and name.
   * @returns its UUID.
   */
  define(xml: string, options?: DefineOptions): Promise<string>;
  /** Defines and starts a transient domain, which is gone when it stops. @returns its UUID. */
  create(xml: string, options?: StartOptions): Promise<string>;
  /** UUID of the domain with a name, or undefined. */
  find(name: string): Promise<string | undefined>;
  /** Starts a defined domain. Fails with `LibvirtOperationInvalid` when it runs already. */
  start(uuid: string, options?: StartOptions): Promise<void>;
  /** State and reason; `absent` when there is no such domain. */
  status(uuid: string): Promise<DomainStatus>;
  /** The domain's XML as libvirt completed it; the running one when it runs. */
  xml(uuid: string): Promise<string>;
  suspend(uuid: string): Promise<void>;
  resume(uuid: string): Promise<void>;
  /** Presses the ACPI power button. Returns at once: the guest decides. */
  shutdown(uuid: string): Promise<void>;
  /** Ends QEMU: SIGTERM, then SIGKILL. */
  destroy(uuid: string): Promise<void>;
  /** Hard reset, as the button would. */
  reset(uuid: string): Promise<void>;
  /**
   * The size of a disk as QEMU has it and the guest sees it, whatever is at its path by now. For a running domain.
   * @param disk as `vda`.
   * @returns bytes.
   */
  diskBytes(uuid: string, disk: string): Promise<number>;
  /** Gives a disk of a running domain another size, which may be a smaller one. @param disk as `vda`. */
  resize(uuid: string, disk: string, bytes: number): Promise<void>;
  /** Asks the guest to reboot: through its agent, or by the power button with a reset when it has shut down. */
  reboot(uuid: string, way: RebootWay): Promise<void>;
  /**
   * Says something to the guest agent and waits for its answer.
   * @param command JSON of QEMU's guest agent protocol.
   * @param timeoutSeconds how long the guest may take.
   * @returns JSON of up to 10 MiB, which the guest chose.
   */
  agentCommand(uuid: string, command: string, timeoutSeconds: number): Promise<string>;
  /** A picture of the first screen. */
  screenshot(uuid: string): Promise<Picture>;
  undefine(uuid: string): Promise<void>;
  /**
   * Calls back for every event from now on, in order, on the event loop.
   * @returns a function that ends it.
   */
  subscribe(listener: (event: HypervisorEvent) => void): () => void;
  /** Ends the connection and every thread of it. Idempotent. */
  close(): Promise<void>;
}

/** Opens a connection. Rejects with `LibvirtError`, retry `backoff`, while libvirtd does not answer. */
export interface OpenOptions {
  /** As `qemu:///session?socket=/path/libvirt-sock`. */
  uri: string;
  /** Seconds between keep-alive probes; five unanswered ones end the connection. 0 switches them off. */
  keepAliveSeconds?: number;
}
export type OpenHypervisor = (options: OpenOptions) => Promise<Hypervisor>;
