/** The guest's serial console as plain lines on a log of the pod, within what a node can bear. */
import { printable } from '../support/printable.ts';
import { rateLimit } from './rate-limit.ts';

export interface SerialLogOptions {
  /** Takes a line with its newline, less than 4096 bytes. @returns false when the log has no room for it. */
  write: (text: string) => boolean;
  /** Put before each line, so that a guest cannot write lines that pass for those of others. */
  prefix?: string;
  now?: () => number;
  /** How long a line may wait for its end before it is written as far as it goes, in milliseconds. */
  idleMs?: number;
}

export interface SerialLog {
  push(chunk: Buffer): void;
  /** Writes what has no end of line yet. */
  flush(): void;
}

/** What a node writes to its disk for a guest, in bytes: some hundred lines a second after some thousand at once. */
const bytesPerSecond = 64 * 1024;
const burstBytes = 1024 * 1024;
/** Container runtimes put time and stream before each line: a flood of empty lines is one of their bytes. */
const runtimeBytes = 48;
/** In a flood nothing is looked at until so much may be written again: that costs less than line by line. */
const resumeBytes = 16 * 1024;
/** A longer line is broken: of at most 3 bytes a character, so that a pipe takes it whole or not at all. */
const maxLineChars = 1024;
/** A prompt has no end of line, and is what the log of a waiting guest shall end with. */
const defaultIdleMs = 1_000;

/**
 * Makes a sink for serial output. Lines over the bound are dropped, and their number is written once there is room.
 * Of a line that pauses half-way the beginning is written once; the rest becomes a line of its own when it ends.
 */
export function serialLog({ write, now, prefix = '', idleMs = defaultIdleMs }: SerialLogOptions): SerialLog {
  const limit = rateLimit(bytesPerSecond, burstBytes, now);
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let begun = false;
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Says how much is missing, which comes before all else. */
  const toldOfLoss = (): boolean => {
    const loss = `${prefix}[${dropped} lines of the serial console dropped: the guest writes faster than the log takes]\n`;
    if (dropped > 0 && !write(loss)) return false;
    dropped = 0;
    return true;
  };
  const emit = (line: string): void => {
    const text = `${prefix}${printable(line)}\n`;
    const written = limit.take(Buffer.byteLength(text) + runtimeBytes) && toldOfLoss() && write(text);
    if (!written) dropped += 1;
  };
  const end = (line: string): void => {
    if (!begun || line.trim() !== '') emit(line);
    begun = false;
  };
  const flush = (): void => {
    if (begun || pending.trim() === '') return void toldOfLoss();
    emit(pending);
    pending = '';
    begun = true;
  };
  const take = (chunk: Buffer): void => {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    const last = inParts(lines.pop() ?? '');
    pending = last.pop() ?? '';
    for (const line of [...lines.flatMap(inParts), ...last]) end(line);
  };
  const skip = (chunk: Buffer): void => {
    dropped += newlinesIn(chunk);
    pending = '';
  };
  return {
    flush,
    push: (chunk) => {
      if (dropped === 0 || limit.has(resumeBytes)) take(chunk);
      else skip(chunk);
      clearTimeout(timer);
      if (dropped > 0 || (pending !== '' && !begun)) timer = setTimeout(flush, idleMs).unref();
    },
  };
}

function newlinesIn(chunk: Buffer): number {
  let count = 0;
  for (const byte of chunk) if (byte === 0x0a) count += 1;
  return count;
}

function inParts(line: string): string[] {
  if (line.length <= maxLineChars) return [line];
  const count = Math.ceil(line.length / maxLineChars);
  return Array.from({ length: count }, (_, at) => line.slice(at * maxLineChars, (at + 1) * maxLineChars));
}
