/**
 * What node agent and launcher say to each other on the pod's Unix socket.
 *
 * A connection begins with one JSON line from the agent (`Opening`) and one from the launcher (`Opened`).
 * `console` and `vnc` connections then carry raw bytes both ways, and a `screenshot` connection is answered when
 * there is a picture, carries it as PNG and ends. A `probe` connection is the kubelet's, by a helper that reads no
 * JSON: it is answered with one byte, the exit code, and text behind it. A `control` connection carries JSON lines: requests with an id
 * from the agent, replies with the same id and unasked events from the launcher.
 * Both sides bound a line at `maxLineBytes` and close the connection on anything they cannot parse: the other
 * side may be controlled by a guest that broke out of QEMU. An unknown method is answered with an error, for a
 * launcher lives as long as its guest and may be older than its agent; what a younger one adds to a result is left out.
 */
import type {
  V1VirtualMachineInstanceFileSystem as FileSystem,
  V1VirtualMachineInstanceGuestAgentInfo as GuestAgentInfo,
  V1VirtualMachineInstanceGuestOSInfo as GuestOsInfo,
  V1VirtualMachineInstanceGuestOSUser as GuestUser,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Vmi } from '../api/types.ts';
import type { DomainReason, DomainState } from '../libvirt/domain-state.ts';
import type { PodLink } from '../network/links.ts';

export const protocolVersion = 1;
/** Longest line either side accepts, in bytes. A VMI object is far below it (etcd refuses above 1.5 MiB). */
export const maxLineBytes = 4 * 1024 * 1024;

export type { FileSystem, GuestAgentInfo, GuestOsInfo, GuestUser };

export interface Opening {
  open: 'control' | 'console' | 'vnc' | 'screenshot' | 'probe';
  version: number;
  /** Of a screenshot: move the pointer first, which wakes a screen that sleeps. */
  wake?: boolean;
  /** Of a probe. */
  probe?: ProbeQuestion;
}

/** Whether the guest is well: its agent answers or, with a command, that ends in the guest with exit code 0. */
export interface ProbeQuestion {
  /** How long that may take, in seconds. */
  timeoutSeconds: number;
  /** A program's path in the guest, which no shell reads, and its arguments. */
  command?: string[];
}

export type Opened = { ok: true; uid: string; version: number } | { ok: false; error: WireError };

/** An error as it crosses the socket. */
export interface WireError {
  reason: string;
  message: string;
}

/** Requests of the agent; each is idempotent, so a restarted agent simply says them again. */
export interface Methods {
  /** Bring the domain to what the VMI asks for: define and start it if there is none yet, else let its disks grow. */
  sync: { params: { vmi: Vmi; options: SyncOptions }; result: DomainReport };
  /** Current state without changing anything. */
  report: { params: Record<string, never>; result: DomainReport };
  /** Ask the guest to shut down; destroy it after the grace period (seconds; 0 destroys at once). */
  shutdown: { params: { gracePeriodSeconds: number }; result: DomainReport };
  pause: { params: Record<string, never>; result: DomainReport };
  unpause: { params: Record<string, never>; result: DomainReport };
  /** Push the reset button. The one request that does something anew each time. */
  reset: { params: Record<string, never>; result: DomainReport };
  /** Ask the guest to reboot, through its agent when there is one. */
  softReboot: { params: Record<string, never>; result: DomainReport };
  /** Bring file systems to rest; they go on by themselves after the timeout (seconds; 0 never). */
  freeze: { params: { unfreezeTimeoutSeconds: number }; result: DomainReport };
  unfreeze: { params: Record<string, never>; result: DomainReport };
  /** What the guest agent says. Every value is the guest's choice, bounded in length and number. */
  guestInfo: { params: Record<string, never>; result: GuestAgentInfo };
  guestUsers: { params: Record<string, never>; result: GuestUser[] };
  guestFileSystems: { params: Record<string, never>; result: FileSystem[] };
}

export type Method = keyof Methods;
/** Methods about the domain itself: each answers with what it is then. */
export type ReportMethod = {
  [M in Method]: Methods[M]['result'] extends DomainReport ? M : never;
}[Method];

export interface SyncOptions {
  /** The agent has finished the pod's network: taps and bridges exist. */
  networkReady: boolean;
  /** What the pod's network plugin gave each interface; guests that take the pod's place are told of it. */
  links?: readonly PodLink[];
}

export interface Request<M extends Method = Method> {
  id: number;
  method: M;
  params: Methods[M]['params'];
}

export type Reply = { id: number; result: unknown } | { id: number; error: WireError };

export interface DomainEvent {
  event: 'domain';
  report: DomainReport;
}

/** All the agent needs to compute a VMI's status. */
export interface DomainReport {
  state: DomainState;
  reason: DomainReason;
  /** Counts up by one with every report of a launcher process, so that an old one is never taken for new. */
  sequence: number;
  /** Set when the last attempt to start the domain failed. */
  failure?: WireError;
  machineType?: string;
  /** Guest interfaces that libvirt defined. */
  interfaces: { name: string; mac: string; device: string }[];
  qemuVersion?: string;
  libvirtVersion?: string;
  /** The guest agent, while one is connected. */
  guestAgent?: GuestAgentReport;
  /** The write of a guest that failed, while the guest is paused for it. */
  ioError?: IoError;
  /** Whether the guest has the keys and passwords that its agent is to set; missing where there are none. */
  credentials?: CredentialsReport;
  /** The guest's file systems were brought to rest, and not let go on since. */
  frozen?: boolean;
}

export interface IoError {
  /** Empty when QEMU did not say. */
  volume: string;
  /** There was no room for what the guest wrote. */
  full: boolean;
}

export interface CredentialsReport {
  synchronized: boolean;
  /** Why they are not. */
  reason?: string;
  message?: string;
}

export interface GuestAgentReport {
  /** The agent has been asked who it is; what it did not say is missing. */
  asked: boolean;
  /** It knows the commands that KubeVirt counts on. */
  supported: boolean;
  os?: GuestOsInfo;
  /** The guest's interfaces as it sees them, loopback among them; missing until it has said so. */
  interfaces?: GuestInterface[];
}

/** An interface as the guest tells of it: any name, a MAC address in lower case, IPv4 and IPv6 addresses without length. */
export interface GuestInterface {
  name: string;
  mac: string;
  addresses: string[];
}
