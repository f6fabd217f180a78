/** The last bytes of a stream, in constant memory. */
export class Ring {
  readonly #bytes: Buffer;
  #written = 0;

  /** @param capacity in bytes. */
  constructor(capacity: number) {
    this.#bytes = Buffer.alloc(capacity);
  }

  write(chunk: Buffer): void {
    const capacity = this.#bytes.length;
    const kept = chunk.subarray(Math.max(0, chunk.length - capacity));
    this.#written += chunk.length - kept.length;
    const at = this.#written % capacity;
    const firstPart = Math.min(kept.length, capacity - at);
    kept.copy(this.#bytes, at, 0, firstPart);
    kept.copy(this.#bytes, 0, firstPart);
    this.#written += kept.length;
  }

  /** A copy of what is kept, oldest first. */
  read(): Buffer {
    const capacity = this.#bytes.length;
    if (this.#written <= capacity) return Buffer.from(this.#bytes.subarray(0, this.#written));
    const at = this.#written % capacity;
    return Buffer.concat([this.#bytes.subarray(at), this.#bytes.subarray(0, at)]);
  }
}
