/** How large a claim's disk may become. Pure. */
import { MonovirtError } from '../../support/errors.ts';
import { claimSize } from './claim-size.ts';
import type { ClaimInfo } from './claim-size.ts';

const mebibyte = 1n << 20n;
/** Steps of an overhead; KubeVirt states it with three digits. */
const thousand = 1000;

/**
 * Bytes that a disk in a claim's file system may have, in whole MiB: what was asked for and is there, less what the
 * file system keeps for itself.
 * @param usable bytes that the file takes now and that are free beside it.
 * @returns 0 when no size is known.
 */
export function grownSize(volume: string, info: ClaimInfo, usable: number): number {
  // Not stated by a controller that is older: nothing grows.
  const overhead = Math.round(Number(info.filesystemOverhead ?? NaN) * thousand);
  if (!(overhead >= 0 && overhead < thousand)) return 0;
  const most = BigInt(Math.min(sizeOf(volume, info), Math.max(0, Math.floor(usable))));
  const share = (most * BigInt(thousand - overhead)) / BigInt(thousand);
  return Number((share / mebibyte) * mebibyte);
}

function sizeOf(volume: string, info: ClaimInfo): number {
  try {
    return claimSize(volume, info);
  } catch (error) {
    if (error instanceof MonovirtError) return 0;
    throw error;
  }
}
