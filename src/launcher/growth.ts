/** Brings the disks of a guest that runs to what its VMI says of their claims. */
import type { Vmi } from '../api/types.ts';
import type { DomainManager } from './domain-manager.ts';
import type { LauncherPod } from './pod.ts';
import type { DomainReport } from './protocol.ts';

/** Whether any disk of it may grow. */
const hasClaims = ({ status }: Vmi): boolean =>
  status?.volumeStatus?.some(({ persistentVolumeClaimInfo }) => persistentVolumeClaimInfo !== undefined) ===
  true;

/**
 * A guest that stopped because a disk's storage was full goes on when that disk has grown.
 * @throws MonovirtError `DomainNotRunning`.
 */
export async function grow(
  manager: Pick<DomainManager, 'running' | 'reports' | 'unpause'>,
  pod: Pick<LauncherPod, 'growDisks'>,
  vmi: Vmi,
): Promise<DomainReport> {
  if (!hasClaims(vmi)) return manager.reports.current;
  const { hypervisor, uuid } = await manager.running();
  const grown = await pod.growDisks(vmi, {
    bytes: (target) => hypervisor.diskBytes(uuid, target),
    resize: (target, bytes) => hypervisor.resize(uuid, target, bytes),
  });
  const { ioError } = manager.reports.current;
  const hasRoom = ioError?.full === true && grown.includes(ioError.volume);
  return hasRoom ? manager.unpause() : manager.reports.current;
}
