/** Things that happen, and waiting until the right one has. */
export class Eventually<T> {
  readonly all: T[] = [];
  readonly #checks = new Set<() => void>();

  add(value: T): void {
    this.all.push(value);
    for (const check of this.#checks) check();
  }

  /** The first value, past or future, that fits. @throws after `timeoutMs`, with all there was. */
  async find(what: string, fits: (value: T) => boolean, timeoutMs = 30_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      const found = this.all.find(fits);
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(() => {
      reject(
        new Error(
          `${what} did not happen within ${timeoutMs} ms; there was ${JSON.stringify(this.all).slice(-4000)}`,
        ),
      );
    }, timeoutMs);
    this.#checks.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#checks.delete(check);
    }
  }
}

/** Collects a text stream and waits for what it says. */
export class Transcript {
  readonly #pieces = new Eventually<string>();
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(chunk: Buffer | string): void {
    this.#text += chunk.toString();
    this.#pieces.all.length = 0;
    this.#pieces.add(this.#text);
  }

  async says(what: string, timeoutMs = 60_000): Promise<void> {
    await this.#pieces.find(`the text ${JSON.stringify(what)}`, (text) => text.includes(what), timeoutMs);
  }
}
