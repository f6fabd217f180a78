/** How much of a claim its file system keeps for itself. Pure. */
import type { KubeObject, PersistentVolumeClaim } from '../../../api/types.ts';

/** What CDI was configured with; a share from 0 to 1 in decimal digits, for each storage class and for all others. */
export type CdiConfig = KubeObject & {
  status?: { filesystemOverhead?: { global?: string; storageClass?: Record<string, string> } };
};

/** KubeVirt's, without CDI. */
const usual = '0.055';
const share = /^(?:0(?:\.\d{1,3})?|1)$/;

/** A share from 0 to 1, as `status.volumeStatus` has it. */
export function filesystemOverhead({ spec }: PersistentVolumeClaim, config: CdiConfig | undefined): string {
  if (spec?.volumeMode === 'Block') return '0';
  const stated = statedOverhead(spec?.storageClassName ?? '', config?.status?.filesystemOverhead);
  return share.test(stated) ? stated : usual;
}

type Stated = NonNullable<CdiConfig['status']>['filesystemOverhead'];

function statedOverhead(className: string, { global = usual, storageClass = {} }: Stated = {}): string {
  return Object.entries(storageClass).find(([name]) => name === className)?.[1] ?? global;
}
