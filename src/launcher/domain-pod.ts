/** The pod as the owner of its domain sees it. */
import type { Vmi } from '../api/types.ts';
import type { DomainContext } from '../libvirt/context.ts';
import type { PodLink } from '../network/links.ts';
import type { ChangeDomain } from './define-domain.ts';

/** Images of volumes, and boot files. */
export type Disks = Pick<DomainContext, 'disks' | 'kernel'>;

/** What a domain needs from the pod around it. */
export interface Pod {
  /** Makes the disks of a VMI; waits for side containers. Idempotent. */
  prepareDisks(vmi: Vmi, signal: AbortSignal): Promise<Disks>;
  /** Called once the agent has wired the network: serve DHCP. Idempotent. */
  serveNetwork(vmi: Vmi, links: readonly PodLink[]): Promise<void>;
  /** Called before QEMU starts: follow its console. Idempotent. */
  followConsole(vmi: Vmi): void;
  domainXml(vmi: Vmi, disks: Disks): string;
  /** Has others change it. */
  changeDomain?: ChangeDomain;
  /** Ends QEMU without libvirt. */
  pullPlug(): Promise<void>;
}
