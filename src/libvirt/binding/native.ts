/** Turns C functions into typed ones: a call runs on a worker thread, what it returns is checked here once. */
import { LibvirtError } from '../errors.ts';

/** Address of a native object; never 0. */
export type Pointer = bigint;
/** What C functions take: numbers, strings, addresses, null, and buffers or arrays of one for results. */
export type Argument = number | string | Pointer | Buffer | null | Array<number | bigint | null>;

/** A function as koffi gives it. */
export interface NativeFunction {
  (...args: Argument[]): unknown;
  async(...args: [...Argument[], (error: unknown, result: unknown) => void]): void;
}

/** Calls on a worker thread. The call never blocks JavaScript, so callbacks it causes can run meanwhile. */
export function inThread<A extends Argument[], R>(
  native: NativeFunction,
  parse: (raw: unknown) => R,
): (...args: A) => Promise<R> {
  return (...args) =>
    new Promise<R>((resolve, reject) => {
      native.async(...args, (error, result) => {
        if (error !== null && error !== undefined) {
          reject(asError(error));
          return;
        }
        try {
          resolve(parse(result));
        } catch (mismatch) {
          reject(asError(mismatch));
        }
      });
    });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('a native call failed', { cause: thrown });
}

/** Calls on this thread. Only for functions that copy memory: none that waits, sends or calls back. */
export function here<A extends Argument[], R>(
  native: NativeFunction,
  parse: (raw: unknown) => R,
): (...args: A) => R {
  return (...args) => parse(native(...args));
}

export function asNumber(raw: unknown): number {
  if (typeof raw === 'number') return raw;
  if (typeof raw === 'bigint') return Number(raw);
  throw unexpected('a number', raw);
}

export function asPointer(raw: unknown): Pointer | null {
  if (raw === null || raw === 0n) return null;
  if (typeof raw === 'bigint') return raw;
  throw unexpected('an address', raw);
}

export function asText(raw: unknown): string | null {
  if (raw === null || typeof raw === 'string') return raw;
  throw unexpected('a text', raw);
}

function unexpected(wanted: string, raw: unknown): LibvirtError {
  return new LibvirtError('InternalError', `the native call gave ${typeof raw} instead of ${wanted}`, {
    retry: 'never',
  });
}
