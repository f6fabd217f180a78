/** How large a disk a claim gets. */
import { tryParseQuantity, wholeUnits } from '../../api/quantity.ts';
import type { Vmi, VmiStatus } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';

export type ClaimInfo = NonNullable<
  NonNullable<VmiStatus['volumeStatus']>[number]['persistentVolumeClaimInfo']
>;

/** What the controller wrote down about a volume's claim before it made the pod. */
export const claimInfo = (vmi: Vmi, volume: string): ClaimInfo | undefined =>
  vmi.status?.volumeStatus?.find(({ name }) => name === volume)?.persistentVolumeClaimInfo;

const mebibyte = 1n << 20n;

/**
 * Bytes of a disk that fills a claim: what was asked for, or what there is if that is less, in whole MiB.
 * @throws MonovirtError `VolumeNotUsable` when no size of a disk is known.
 */
export function claimSize(volume: string, { capacity, requests }: ClaimInfo): number {
  const known = [capacity?.['storage'], requests?.['storage']].filter(
    (quantity): quantity is string => tryParseQuantity(quantity) !== undefined,
  );
  const [least] = known.map((quantity) => wholeUnits(quantity)).toSorted((a, b) => (a < b ? -1 : 1));
  const bytes = least === undefined ? 0n : (least / mebibyte) * mebibyte;
  if (bytes > 0n && bytes <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(bytes);
  throw new MonovirtError(
    'VolumeNotUsable',
    `volume ${volume}: its claim holds no disk.img, and its size is none to make one of; it must be from 1Mi to 8Pi`,
    'never',
  );
}
