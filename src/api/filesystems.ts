/** Volumes that a guest mounts as file systems instead of as disks. Pure. */
import type { VmiSpec, Volume } from './types.ts';

const filesystemsOf = ({ domain }: VmiSpec): { name: string }[] => domain.devices.filesystems ?? [];

/** The volumes that are shared with the guest as file systems, in the order of the spec. */
export function sharedVolumes(spec: VmiSpec): Volume[] {
  const names = new Set(filesystemsOf(spec).map(({ name }) => name));
  return names.size === 0 ? [] : (spec.volumes ?? []).filter(({ name }) => names.has(name));
}

export const isShared = (spec: VmiSpec, { name }: Volume): boolean =>
  filesystemsOf(spec).some((filesystem) => filesystem.name === name);

/** Whether nothing in the launcher's own container looks into the volume: it is shared, and no disk. */
export const isOnlyShared = (spec: VmiSpec, volume: Volume): boolean =>
  isShared(spec, volume) && spec.domain.devices.disks?.some(({ name }) => name === volume.name) !== true;
