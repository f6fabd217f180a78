/** Whether a disk fits where it is to be. */
import { statfs } from 'node:fs/promises';
import { MonovirtError } from '../../support/errors.ts';

/** KubeVirt's defaults: per cent that a disk may come out smaller, and bytes that are left free. */
const toleratedPercent = 10n;
const reservedBytes = 128n * 1024n;

/**
 * Bytes of a disk of `size` in `folder`: file systems have overhead, so that a disk of a claim's whole size does
 * not fit into it, and may be a little smaller.
 * @throws MonovirtError `VolumeTooSmall`
 */
export async function roomIn(folder: string, volume: string, size: number): Promise<number> {
  const { bavail, bsize } = await statfs(folder, { bigint: true });
  const available = fitting(BigInt(size), bavail * bsize - reservedBytes);
  if (available !== undefined) return Number(available);
  throw new MonovirtError(
    'VolumeTooSmall',
    `volume ${volume}: a disk of ${size} bytes does not fit, only ${bavail * bsize} bytes are free; make room, or use a larger claim`,
    'never',
  );
}

/** The size itself, what is available if that is nearly enough, or undefined. */
export function fitting(size: bigint, available: bigint): bigint | undefined {
  if (size <= available) return size;
  const least = (size * (100n - toleratedPercent)) / 100n;
  return available >= least ? (available / 512n) * 512n : undefined;
}
