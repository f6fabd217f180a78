/** What a decision about a VM on this node is made from, and the events it is told by. */
import type { Pod, Vmi } from '../../api/types.ts';
import type { DomainReport, WireError } from '../../launcher/protocol.ts';

/** What is known of the launcher of a VMI. */
export interface LauncherView {
  /** A control connection is up. */
  connected: boolean;
  /** The newest state of the domain, kept when the connection breaks. */
  report: DomainReport | undefined;
  /** Why the network could not be set up or the domain not be started; gone after a success. */
  failure: WireError | undefined;
  /** When the guest has to be off, in milliseconds since 1970, as this connection was last asked; if it was. */
  shutdownAsked: number | undefined;
}

export interface Snapshot {
  vmi: Vmi;
  node: string;
  pod: Pod | undefined;
  launcher: LauncherView;
  /** Instances of this node. */
  neighbours?: () => readonly Vmi[];
}

export interface AgentEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}
