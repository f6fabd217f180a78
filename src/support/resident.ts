/**
 * Gives back memory that a process only shares. Node's binary is large, and starting it touches most of it; those
 * pages stay in the page cache for all processes, but each counts them as resident. After start-up little of it
 * is needed again.
 */
import { readFileSync } from 'node:fs';

/** The part of koffi that is needed. */
export interface NativeLoader {
  load(library: string): { func(prototype: string): (...args: unknown[]) => unknown };
}

export interface AddressRange {
  readonly start: bigint;
  readonly length: bigint;
}

const dontNeed = 4;
/** Below this, in bytes, a mapping is not worth a system call. */
const worthwhile = 1n << 20n;

/**
 * The mappings in an smaps file that hold nothing but unmodified pages of a file: what is dropped of them comes
 * back from that file. A mapping with a single modified page is left alone, because that page would be lost.
 */
export function sharedRanges(smaps: string): AddressRange[] {
  const ranges: AddressRange[] = [];
  let current: AddressRange | undefined;
  for (const line of smaps.split('\n')) {
    const mapping = /^([0-9a-f]+)-([0-9a-f]+) r[-w][-x]p \S+ \S+ (\d+)/.exec(line);
    if (mapping !== null) current = fileRange(mapping);
    else if (current !== undefined && /^Anonymous: +0 kB$/.test(line)) ranges.push(current);
  }
  return ranges.filter(({ length }) => length >= worthwhile);
}

function fileRange([, from = '', to = '', inode]: RegExpExecArray): AddressRange | undefined {
  const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)];
  return inode === '0' ? undefined : { start, length: end - start };
}

/**
 * Drops the process's clean file pages from its resident set. They are read from the page cache again when used.
 * @returns bytes of address space that were advised on; 0 where the system does not know smaps.
 */
export function releaseSharedPages(koffi: NativeLoader): number {
  const madvise = koffi.load('libc.so.6').func('int madvise(uintptr_t address, size_t length, int advice)');
  let advised = 0n;
  for (const { start, length } of sharedRanges(readSmaps())) {
    if (madvise(start, length, dontNeed) === 0) advised += length;
  }
  return Number(advised);
}

function readSmaps(): string {
  try {
    return readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return '';
  }
}
