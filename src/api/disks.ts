/** What a disk of the spec is to its guest. Pure; also for disks whose defaults are not filled in. */
import type { Disk } from './types.ts';

const kinds = ['disk', 'cdrom', 'lun'] as const;

export type DiskKind = (typeof kinds)[number];

/** What the guest sees; a plain disk unless something else is said. */
export const diskKind = (disk: Disk): DiskKind => kinds.find((kind) => disk[kind]) ?? 'disk';

/** The bus of a disk that names none. KubeVirt takes SATA for LUNs too, but SATA has none. */
export const defaultBus = (kind: DiskKind): string => (kind === 'lun' ? 'scsi' : 'sata');

/** The bus a disk is on. */
export function busOf(disk: Disk): string {
  const kind = diskKind(disk);
  return disk[kind]?.bus || defaultBus(kind);
}

export interface DiskTarget {
  disk: Disk;
  /** The name the guest would give it, such as `vda`. */
  name: string;
  /** Its number among the disks whose names begin alike. */
  index: number;
}

/** The names of all disks, counted in the order of the spec. */
export function diskTargets(disks: readonly Disk[]): DiskTarget[] {
  const counts = new Map<string, number>();
  return disks.map((disk) => {
    const prefix = busOf(disk) === 'virtio' ? 'vd' : 'sd';
    const index = counts.get(prefix) ?? 0;
    counts.set(prefix, index + 1);
    return { disk, name: prefix + letters(index), index };
  });
}

/** 0 → a, 25 → z, 26 → aa, as the kernel counts disks. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
