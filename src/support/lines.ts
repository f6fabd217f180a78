/** Cuts a byte stream into lines without ever holding more than one bounded line. */
import { MonovirtError } from './errors.ts';

const newline = 0x0a;

export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next chunk and yields each line that it completes, without its newline. Nothing is taken until
   * the lines are read.
   * @throws MonovirtError `LineTooLong`, after the lines before it; the stream is then useless.
   */
  *push(chunk: Buffer): Generator<string> {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      yield this.#take();
    }
    this.#keep(rest);
  }

  /**
   * Takes chunks until the first line is complete.
   * @returns that line and the bytes behind it, which belong to whoever speaks next; undefined when more is needed.
   */
  first(chunk: Buffer): { line: string; rest: Buffer } | undefined {
    const end = chunk.indexOf(newline);
    this.#keep(end < 0 ? chunk : chunk.subarray(0, end));
    return end < 0 ? undefined : { line: this.#take(), rest: chunk.subarray(end + 1) };
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) {
      throw new MonovirtError('LineTooLong', `a line is longer than ${this.#maxBytes} bytes`);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #take(): string {
    const line = Buffer.concat(this.#parts, this.#size).toString('utf8');
    this.#parts = [];
    this.#size = 0;
    return line;
  }
}
