/**
 * Gives back memory that a process needed to start and hardly needs again. Most of it is only shared: Node's binary
 * is large, starting touches much of it, and those pages count as resident in each process though the page cache
 * holds them once. The rest is garbage that V8 and malloc would keep for a growth that does not come.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The part of koffi that is needed. */
export interface NativeLoader {
  load(library: string): { func(prototype: string): (...args: unknown[]) => unknown };
}

export interface AddressRange {
  readonly start: bigint;
  readonly length: bigint;
}

const libc = 'libc.so.6';
const dontNeed = 4;
/** Below this, in bytes, a mapping is not worth a system call. */
const worthwhile = 1n << 20n;
/** A process of ours has some 300 mappings of some 700 bytes each; pages that are not written cost nothing. */
const maxSmapsBytes = 1 << 20;

/**
 * Collects garbage, then drops what is only shared; a pause of some 20 ms. Call it once, when start-up is over.
 * @returns bytes of address space that were advised on; 0 where the system does not know smaps.
 */
export function giveBackMemory(koffi: NativeLoader): number {
  // In this order: collecting touches code, whose pages would be resident again.
  collectGarbage();
  koffi.load(libc).func('int malloc_trim(size_t padding)')(0);
  return releaseSharedPages(koffi);
}

/** As `giveBackMemory`; where there is no koffi, all stays as it is. Never rejects. */
export async function giveBackMemoryIfPossible(loadKoffi: () => Promise<NativeLoader>): Promise<void> {
  try {
    giveBackMemory(await loadKoffi());
  } catch {
    // A process that is larger than it could be works as well.
  }
}

/** Node has no other way to ask for it without a flag on the command line. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Ends a mapping's header and begins what is told about it. */
const detailsMark = Buffer.from('\nSize:');
const anonymousMark = Buffer.from('\nAnonymous:');
const nothing = ' 0 kB';

/**
 * The mappings in an smaps file that hold nothing but unmodified pages of a file: what is dropped of them comes
 * back from that file. A mapping with a single modified page is left alone, because that page would be lost.
 * Looks at few bytes and makes few strings: the heap that was just made small shall stay so.
 */
export function sharedRanges(smaps: Buffer): AddressRange[] {
  const ranges: AddressRange[] = [];
  for (let at = smaps.indexOf(detailsMark); at >= 0;) {
    const next = smaps.indexOf(detailsMark, at + 1);
    const range = fileRange(smaps.toString('latin1', smaps.lastIndexOf('\n', at - 1) + 1, at));
    const anonymous = smaps.indexOf(anonymousMark, at);
    const told = anonymous >= 0 && (next < 0 || anonymous < next);
    if (range !== undefined && told && isZero(smaps, anonymous + anonymousMark.length)) ranges.push(range);
    at = next;
  }
  return ranges;
}

function fileRange(header: string): AddressRange | undefined {
  const mapping = /^([0-9a-f]+)-([0-9a-f]+) r[-w][-x]p \S+ \S+ (\d+)/.exec(header);
  if (mapping === null) return undefined;
  const [, from = '', to = '', inode] = mapping;
  const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)];
  return inode === '0' || end - start < worthwhile ? undefined : { start, length: end - start };
}

function isZero(smaps: Buffer, at: number): boolean {
  const end = smaps.indexOf('\n', at);
  return smaps.toString('latin1', at, end < 0 ? undefined : end).replace(/^ +/, ' ') === nothing;
}

/**
 * Drops the process's clean file pages from its resident set. They are read from the page cache again when used.
 * @returns bytes of address space that were advised on; 0 where the system does not know smaps.
 */
export function releaseSharedPages(koffi: NativeLoader): number {
  const madvise = koffi.load(libc).func('int madvise(uintptr_t address, size_t length, int advice)');
  const text = new ArrayBuffer(maxSmapsBytes);
  const ranges = sharedRanges(Buffer.from(text, 0, readSmaps(Buffer.from(text))));
  // Freed now, not at the next collection, which may be days away.
  text.transfer(0);
  let advised = 0n;
  for (const { start, length } of ranges) if (madvise(start, length, dontNeed) === 0) advised += length;
  return Number(advised);
}

/** @returns how many bytes were read into `buffer`; what it cannot hold is left out. */
function readSmaps(buffer: Buffer): number {
  let length = 0;
  try {
    const file = openSync('/proc/self/smaps', 'r');
    try {
      let size = 0;
      do {
        size = readSync(file, buffer, length, buffer.length - length, null);
        length += size;
      } while (size > 0 && length < buffer.length);
    } finally {
      closeSync(file);
    }
  } catch {
    // A system without smaps.
  }
  return length;
}
