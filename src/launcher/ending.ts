/** What the end of a domain means for the launcher. Pure. */
import type { DomainStatus } from '../libvirt/types.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** Whether QEMU runs, whatever its guest does. */
export function isActive({ state }: DomainStatus): boolean {
  return state !== 'absent' && state !== 'shutoff' && state !== 'crashed';
}

export interface Past {
  /** The panic device reported before. */
  panicked: boolean;
  /** Somebody asked us to stop the guest. */
  stopping: boolean;
}

/** Exit code for a domain that ran and is not active any more. */
export function exitCodeOf(status: DomainStatus, { panicked, stopping }: Past): ExitCode {
  if (panicked || status.reason === 'panicked') return exitCodes.guestPanicked;
  const stopped =
    status.state === 'shutoff' && (status.reason === 'shutdown' || status.reason === 'destroyed');
  return stopped || stopping ? exitCodes.guestStopped : exitCodes.guestCrashed;
}
