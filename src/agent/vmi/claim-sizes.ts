/** What a launcher was told of the sizes of its guest's claims. Pure. */
import type { Vmi } from '../../api/types.ts';

/** All that a disk's size depends on, as one text; undefined for a guest without claims. */
export function claimSizes({ status }: Vmi): string | undefined {
  const sizes = (status?.volumeStatus ?? []).flatMap(({ name, persistentVolumeClaimInfo: info }) =>
    info === undefined ? [] : [[name, info.requests, info.capacity, info.filesystemOverhead]],
  );
  return sizes.length === 0 ? undefined : JSON.stringify(sizes);
}
