/** Splits a byte stream into lines of bounded length. */
import { MonovirtError } from '../../support/errors.ts';

const newline = 0x0a;

/** Collects bytes and hands out whole lines. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds a chunk.
   * @returns the lines it completed, without their newlines.
   * @throws MonovirtError `LineTooLong`; the connection cannot be used any more.
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#add(rest.subarray(0, end));
      lines.push(this.#take().toString('utf8'));
      rest = rest.subarray(end + 1);
    }
    this.#add(rest);
    return lines;
  }

  /** The bytes after the last complete line; afterwards nothing is left. */
  rest(): Buffer {
    return this.#take();
  }

  #add(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) {
      throw new MonovirtError('LineTooLong', `a line of the launcher is longer than ${this.#maxBytes} bytes`);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #take(): Buffer {
    const taken = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return taken;
  }
}
