/** How a pod names the claim or the folder of the node that a volume's disk is on. Pure. */
import { dirname } from 'node:path/posix';
import type { PodSpec, Volume } from '../../../api/types.ts';

/** Never the name of one of our own volumes, whatever the user called theirs. */
export const claimVolumeName = ({ name }: Volume): string => `disk-${name}`;

type PodVolume = Omit<NonNullable<PodSpec['volumes']>[number], 'name'>;

/** The folder of a hostDisk. A missing one is made for a disk that may be, by the kubelet and for root alone. */
export function hostFolder({ hostDisk }: Volume): PodVolume | undefined {
  if (hostDisk === undefined) return undefined;
  const type = hostDisk.type === 'DiskOrCreate' ? 'DirectoryOrCreate' : 'Directory';
  return { hostPath: { path: dirname(hostDisk.path), type } };
}
