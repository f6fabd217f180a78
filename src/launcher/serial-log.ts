/** The guest's serial console as plain lines on the pod's log, within what a node can bear. */
import { printable } from '../support/printable.ts';
import { rateLimit } from './rate-limit.ts';

export interface SerialLogOptions {
  /** Where a line goes, with its newline. */
  write: (text: string) => void;
  now?: () => number;
}

const bytesPerSecond = 32 * 1024;
const burstBytes = 512 * 1024;
/** A longer line is broken: a guest that never ends one must not grow our memory. */
const maxLineBytes = 2048;

/**
 * Makes a sink for serial output. Over the bound lines are dropped, and their number is written once there is room.
 */
export function serialLog({ write, now }: SerialLogOptions): (chunk: Buffer) => void {
  const limit = rateLimit(bytesPerSecond, burstBytes, now);
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let dropped = 0;
  const emit = (line: string): void => {
    const text = printable(line);
    if (!limit.take(text.length + 1)) {
      dropped += 1;
      return;
    }
    if (dropped > 0) write(`[${dropped} lines of the serial console dropped: the guest writes too fast]\n`);
    dropped = 0;
    write(`${text}\n`);
  };
  return (chunk) => {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) emit(line);
    for (; pending.length > maxLineBytes; pending = pending.slice(maxLineBytes))
      emit(pending.slice(0, maxLineBytes));
  };
}
