/** A guest that is paused because a disk of it could not be written. Pure. */
import type { Condition, Vmi } from '../../api/types.ts';
import { claimOf } from '../../api/claim-of.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import { conditionOf } from '../../status/conditions.ts';
import type { AgentEvent } from './snapshot.ts';

/** What is wrong with which volume, and what to do; nothing when the launcher does not say. */
export function ioErrorOf({ metadata, spec }: Vmi, { ioError }: DomainReport): string {
  const volume = spec.volumes?.find(({ name }) => name === ioError?.volume);
  if (ioError === undefined || volume === undefined) return '';
  const goOn = `then let the guest go on: virtctl unpause vmi ${metadata.name}`;
  const claim = claimOf(volume);
  const subject = `: volume ${volume.name}${claim === undefined ? '' : ` (PVC ${claim.claimName})`}`;
  if (!ioError.full) return `${subject} could not be read or written; see to its storage, ${goOn}`;
  const room = claim === undefined ? 'make room on the node' : 'make room, or enlarge the claim';
  return `${subject} is full; ${room}, ${goOn}`;
}

/** Told when it begins. */
export function ioErrorEvents({ status }: Vmi, conditions: readonly Condition[]): AgentEvent[] {
  const [before, now] = [status?.conditions, conditions].map((list) => conditionOf(list, 'Paused'));
  const began = now?.reason === 'PausedIOError' && before?.reason !== now.reason;
  return began ? [{ type: 'Warning', reason: 'IOerror', message: now.message ?? '' }] : [];
}
