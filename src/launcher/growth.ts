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
 * A guest that stopped because its storage was full goes on when a disk has grown.
 * @throws MonovirtError `DomainNotRunning`.
 */
export async function grow(
  manager: Pick<DomainManager, 'running' | 'reports' | 'unpause'>,
  pod: Pick<LauncherPod, 'growDisks'>,
  vmi: Vmi,
): Promise<DomainReport> {
  if (!hasClaims(vmi)) return manager.reports.current;
  const { hypervisor, uuid } = await manager.running();
  const grown = await pod.growDisks(vmi, (target, bytes) => hypervisor.resize(uuid, target, bytes));
  const full = manager.reports.current.ioError?.full === true;
  return grown && full ? manager.unpause() : manager.reports.current;
}
