/** Rules on which disk a volume can be. */
import { forEachDisk } from './disks.ts';
import { invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { busOf } from '../disks.ts';
import type { Disk, Volume } from '../types.ts';
import type { SpecContext } from './rule.ts';

function forEachPair(
  context: SpecContext,
  each: (pair: { disk: Disk; volume: Volume }, field: string) => Cause[],
): Cause[] {
  const volumes = new Map((context.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return forEachDisk(context, (disk, field) => {
    const volume = volumes.get(disk.name);
    return volume === undefined ? [] : each({ disk, volume }, field);
  });
}

export function lunIsAClaim(context: SpecContext): Cause[] {
  return forEachPair(context, ({ disk, volume }, field) => {
    if (!disk.lun || volume.persistentVolumeClaim || volume.dataVolume) return [];
    return [
      invalid(
        `${field}.lun`,
        `${field}.lun can only be mapped to a DataVolume or PersistentVolumeClaim volume. Use disk: {} for this one`,
      ),
    ];
  });
}

/** QEMU hands SCSI commands on to a device from its SCSI controller alone. */
export function lunIsOnScsi(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) =>
    disk.lun && busOf(disk) !== 'scsi'
      ? [notSupported(`${field}.lun.bus`, `${field}.lun.bus '${busOf(disk)}' has no LUNs; use scsi`)]
      : [],
  );
}

/** Several VMs can only write to one image if it is nothing but the disk's bytes. */
export function sharedDiskIsShareable(context: SpecContext): Cause[] {
  return forEachPair(context, ({ disk, volume }, field) => {
    if (disk.shareable !== true) return [];
    const causes: Cause[] = [];
    if (disk.cache && disk.cache !== 'none') {
      causes.push(
        invalid(
          `${field}.cache`,
          `${field}: a sharable disk requires cache = none got: ${disk.cache}. Others would not see what is cached`,
        ),
      );
    }
    if (!volume.persistentVolumeClaim && !volume.dataVolume && !volume.hostDisk) {
      causes.push(
        invalid(
          `${field}.shareable`,
          `${field}.shareable is for volumes that several VMs can use: persistentVolumeClaim, dataVolume or hostDisk`,
        ),
      );
    }
    return causes;
  });
}

/** The guest has to know that a disk is read-only, and a SATA disk cannot tell. */
export function readonlyClaimCanBeShown(context: SpecContext): Cause[] {
  return forEachPair(context, ({ disk, volume }, field) => {
    if (volume.persistentVolumeClaim?.readOnly !== true) return [];
    if (disk.cdrom || busOf(disk) !== 'sata') return [];
    return [
      invalid(
        `${field}.disk.bus`,
        `${field}.disk.bus sata cannot show the read-only claim ${volume.persistentVolumeClaim.claimName}; use virtio, scsi or a cdrom`,
      ),
    ];
  });
}
