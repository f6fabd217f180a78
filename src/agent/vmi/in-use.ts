/** Whose disk it is that another VM of the node holds. Pure. */
import { claimOf } from '../../api/claim-of.ts';
import type { Vmi } from '../../api/types.ts';
import { layout } from '../../launcher/layout.ts';
import type { WireError } from '../../launcher/protocol.ts';
import { isFinal } from '../../pod/facts.ts';

/** How QEMU names the disk: a file in the claim's folder, or the claim's device. */
const inMessage = new RegExp(`(?:${layout.claimDir}|${layout.blockDir})/([a-z0-9.-]+)`);

/**
 * The failure, with the claim's name and who has it, as far as this node knows. Another node's guests are told apart by
 * the storage, which does not attach a volume twice.
 * @param others instances of the node.
 */
export function explainInUse(failure: WireError, vmi: Vmi, others: readonly Vmi[]): WireError {
  if (failure.reason !== 'VolumeInUse') return failure;
  const name = inMessage.exec(failure.message)?.[1];
  const volume = vmi.spec.volumes?.find((candidate) => candidate.name === name);
  const claim = volume && claimOf(volume)?.claimName;
  if (volume === undefined || claim === undefined) return failure;
  const users = others.filter((other) => uses(other, vmi, claim)).map(({ metadata }) => metadata.name);
  const by = users.length === 0 ? 'another VM' : `VirtualMachineInstance ${users.toSorted().join(', ')}`;
  const remedy = 'stop that one, and this one starts; or make the disk shareable in both';
  return { ...failure, message: `volume ${volume.name}: PVC ${claim} is in use by ${by}; ${remedy}` };
}

function uses(other: Vmi, { metadata }: Vmi, claim: string): boolean {
  const another = other.metadata.uid !== metadata.uid && other.metadata.namespace === metadata.namespace;
  return (
    another &&
    !isFinal(other) &&
    (other.spec.volumes ?? []).some((volume) => claimOf(volume)?.claimName === claim)
  );
}
