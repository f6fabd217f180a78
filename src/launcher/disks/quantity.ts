/** Kubernetes quantities of bytes. */
import { MonovirtError } from '../../support/errors.ts';

const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Whole bytes of a quantity such as `2Gi`, rounded up to a disk sector of 512. @throws `QuantityInvalid`. */
export function diskBytes(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(quantity);
  const factor = factors[match?.[3] ?? ''];
  const bytes =
    match === null || factor === undefined ? Number.NaN : Number(`${match[1]}${match[2] ?? ''}`) * factor;
  if (Number.isFinite(bytes) && bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER)
    return Math.ceil(bytes / 512) * 512;
  throw new MonovirtError(
    'QuantityInvalid',
    `${JSON.stringify(quantity)} is no disk size; write for example 2Gi`,
    'never',
  );
}
