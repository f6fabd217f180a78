/** What a VMI's status says of its volumes. Pure. The launcher reads from it what disks to make. */
import { diskTargets } from '../../../api/disks.ts';
import type { PersistentVolumeClaim, Vmi, VmiStatus } from '../../../api/types.ts';
import { filesystemOverhead } from './overhead.ts';
import type { CdiConfig } from './overhead.ts';
import { claimOf } from '../../../api/claim-of.ts';

type VolumeStatus = NonNullable<VmiStatus['volumeStatus']>[number];
type ClaimInfo = NonNullable<VolumeStatus['persistentVolumeClaimInfo']>;

/** Claims by name. */
export type Claims = ReadonlyMap<string, PersistentVolumeClaim>;

/** Set by CDI on a claim whose blocks it has all written. */
const preallocation = 'cdi.kubevirt.io/storage.preallocation';

/**
 * An entry for each volume, by name. What is known of a claim stays until it is looked at again.
 * @param claims as they were read just now; none when nobody looked.
 */
export function volumeStatuses(vmi: Vmi, claims?: Claims, config?: CdiConfig): VolumeStatus[] | undefined {
  const { volumes = [], domain } = vmi.spec;
  if (volumes.length === 0) return undefined;
  const targets = new Map(diskTargets(domain.devices.disks ?? []).map(({ disk, name }) => [disk.name, name]));
  const known = new Map((vmi.status?.volumeStatus ?? []).map((status) => [status.name, status]));
  return volumes
    .map((volume) => {
      const claim = claims?.get(claimOf(volume)?.claimName ?? '');
      return {
        ...known.get(volume.name),
        name: volume.name,
        target: targets.get(volume.name) ?? '',
        ...(claim === undefined ? {} : { persistentVolumeClaimInfo: claimInfo(claim, config) }),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function claimInfo(claim: PersistentVolumeClaim, config: CdiConfig | undefined): ClaimInfo {
  const { metadata, spec, status } = claim;
  const info = {
    claimName: metadata.name,
    accessModes: spec?.accessModes,
    volumeMode: spec?.volumeMode ?? 'Filesystem',
    capacity: status?.capacity,
    requests: spec?.resources?.requests,
    filesystemOverhead: filesystemOverhead(claim, config),
    ...(metadata.annotations?.[preallocation] === 'true' ? { preallocated: true } : {}),
  };
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined)) as ClaimInfo;
}

/** Whether a volume's claim is a block device. */
export function isBlock({ status }: Vmi, volume: string): boolean {
  const info = status?.volumeStatus?.find(({ name }) => name === volume)?.persistentVolumeClaimInfo;
  return info?.volumeMode === 'Block';
}
