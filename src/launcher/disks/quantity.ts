/** Sizes of disks that are made here. */
import { tryParseQuantity, wholeUnits } from '../../api/quantity.ts';
import { MonovirtError } from '../../support/errors.ts';

const sectorBytes = 512;

/** Whole bytes of a quantity such as `2Gi`, rounded up to a disk sector of 512. @throws `QuantityInvalid`. */
export function diskBytes(quantity: string): number {
  const bytes = tryParseQuantity(quantity) === undefined ? 0n : wholeUnits(quantity);
  if (bytes > 0n && bytes <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Math.ceil(Number(bytes) / sectorBytes) * sectorBytes;
  }
  throw new MonovirtError(
    'QuantityInvalid',
    `${JSON.stringify(quantity)} is no disk size; write for example 2Gi`,
    'never',
  );
}
