/**
 * Kubernetes quantities, exactly: a value is a bigint of nano units (10^-9), the finest that the API server
 * keeps. Nothing here uses floating point.
 */
import { MonovirtError } from '../support/errors.ts';

/** A quantity as manifests carry it: `512Mi`, `0.5`, `1e3` or a bare number. */
export type QuantityLike = string | number;

const nanosPerUnit = 1_000_000_000n;

const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

/** Powers of ten of the decimal suffixes. */
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const pattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2})?$/;

/** The pattern as a schema states it: what the API server matches strings against. */
export const quantityPattern =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';

/**
 * Parses a quantity.
 * @returns its value in nano units, rounded away from zero as Kubernetes does.
 * @throws MonovirtError InvalidQuantity
 */
export function parseQuantity(text: QuantityLike): bigint {
  const nanos = tryParseQuantity(text);
  if (nanos === undefined) {
    throw new MonovirtError(
      'InvalidQuantity',
      `'${String(text)}' is not a quantity; write a number with an optional suffix, such as 512Mi, 1.5G or 100m`,
      'never',
    );
  }
  return nanos;
}

/** Parses a quantity; undefined when the text is none. Never throws. */
export function tryParseQuantity(text: QuantityLike | undefined): bigint | undefined {
  const written = String(text);
  // No value the API server keeps is longer; the bound keeps hostile input cheap.
  const match = written.length > 64 ? null : pattern.exec(written);
  if (!match) return undefined;
  const [, sign, number = '0', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const magnitude = scale(BigInt(`${whole}${fraction}` || '0'), -fraction.length, suffix);
  return sign === '-' ? -magnitude : magnitude;
}

/** `digits * 10^exponent * suffix`, in nano units and rounded up. */
function scale(digits: bigint, exponent: number, suffix: string): bigint {
  const factor = binary[suffix];
  if (factor !== undefined) return shift(digits * factor, exponent + 9);
  const power = decimal[suffix] ?? Number(suffix.slice(1));
  return shift(digits, exponent + 9 + power);
}

function shift(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (value + divisor - 1n) / divisor;
}

/** Negative, zero or positive as `left` is smaller than, equal to or greater than `right`. */
export function compareQuantities(left: QuantityLike, right: QuantityLike): number {
  const difference = parseQuantity(left) - parseQuantity(right);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/**
 * The value in whole units, rounded up: bytes for memory, CPUs for cpu.
 * @throws MonovirtError InvalidQuantity
 */
export function wholeUnits(text: QuantityLike): bigint {
  return divideUp(parseQuantity(text), nanosPerUnit);
}

/**
 * The value in thousandths, rounded up: the unit of CPU requests.
 * @throws MonovirtError InvalidQuantity
 */
export function milliUnits(text: QuantityLike): bigint {
  return divideUp(parseQuantity(text), 1_000_000n);
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient;
}

/** Writes a number of bytes with the largest binary suffix that loses nothing: `536870912` → `512Mi`. */
export function formatBytes(bytes: bigint): string {
  for (const suffix of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
    const factor = binary[suffix] ?? 1n;
    if (bytes !== 0n && bytes % factor === 0n) return `${bytes / factor}${suffix}`;
  }
  return bytes.toString();
}

/** Writes nano units with the largest decimal suffix that loses nothing: `100000000` → `100m`. */
export function formatQuantity(nanos: bigint): string {
  if (nanos === 0n) return '0';
  for (const suffix of ['E', 'P', 'T', 'G', 'M', 'k', '', 'm', 'u']) {
    const factor = 10n ** BigInt((decimal[suffix] ?? 0) + 9);
    if (nanos % factor === 0n) return `${nanos / factor}${suffix}`;
  }
  return `${nanos}n`;
}
