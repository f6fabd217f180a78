/** What libvirtd says, without what it quotes of a guest's agent: an agent may repeat a password that it was given. */

/** How each of libvirtd's messages begins, whatever its language. */
const beginning = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000: \d+: \w+ : /;
/** Functions that quote an agent, and their words. Those that read its JSON read QEMU's too, which says no more. */
const quoting =
  /qemuAgent\w*:\d+|virJSON\w*:\d+|QEMU agent command|guest agent|JSON (reply|format)|parse json/i;

export const withheld = 'a message about the guest agent, whose words are not repeated';

/** Goes through the lines of one libvirtd in their order. */
export class LibvirtdLines {
  #quotes = false;

  /** @returns the line, `withheld` in place of one that quotes, undefined for what is left of such a message. */
  next(line: string): string | undefined {
    const begins = beginning.test(line);
    // An agent's words may have several lines.
    if (!begins && this.#quotes) return undefined;
    this.#quotes = quoting.test(line);
    return this.#quotes ? withheld : line;
  }

  /** A line was too long to be read: what comes until the next message may be its rest. */
  lost(): void {
    this.#quotes = true;
  }
}
