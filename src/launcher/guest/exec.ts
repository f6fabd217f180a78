/** Running programs in the guest by its agent. What they do, and what the agent says of it, is the guest's choice. */
import { MonovirtError } from '../../support/errors.ts';
import { unlessAborted } from '../../support/abort.ts';
import { delay } from '../../support/delay.ts';
import { isRecord } from '../../support/record.ts';
import { answerSeconds } from './channel.ts';
import type { AgentChannel } from './channel.ts';

/** Pauses between questions whether a program has ended, in milliseconds: the agent tells of it only when asked. */
const askMs = { first: 20, longest: 250 };
/** Programs that are remembered because they had not ended; a guest has two probes. */
const maxUnended = 8;

export interface Ended {
  /** 0 to 255; of a program that a signal ended, 128 and its number. */
  exitCode: number;
  /** What it wrote to standard output and standard error, one after the other. */
  output: Buffer;
}

export class GuestPrograms {
  readonly #channel: AgentChannel;
  /** By its command, what ran longer than somebody wanted to wait. */
  readonly #unended = new Map<string, number>();

  constructor(channel: AgentChannel) {
    this.#channel = channel;
  }

  /** Whether the agent answers at all. @throws what libvirt says, or the signal's reason. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#ask('guest-ping', {}, signal);
  }

  /**
   * Runs `command` and waits for its end. What an abort of `signal` left running is waited for by the next call of
   * the same command: a program that hangs is never started twice.
   * @throws MonovirtError `GuestProgramRuns`, `AgentAnswerInvalid`, what libvirt says, or the signal's reason.
   */
  async run(command: readonly string[], signal: AbortSignal): Promise<Ended> {
    const key = JSON.stringify(command);
    await this.#outlive(key, signal);
    const pid = await this.#start(command, key, signal);
    const ended = await this.#untilEnded(pid, signal);
    this.#unended.delete(key);
    return ended;
  }

  /** Makes sure that the last run of a command has ended; an agent that was started anew knows nothing of it. */
  async #outlive(key: string, signal: AbortSignal): Promise<void> {
    const pid = this.#unended.get(key);
    if (pid === undefined) return;
    const ended = await this.#status(pid, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof MonovirtError && error.reason === 'LibvirtAgentUnresponsive') throw error;
      return 'unknown' as const;
    });
    if (ended === undefined) {
      const message = `the command that was started before still runs in the guest as process ${pid}`;
      throw new MonovirtError('GuestProgramRuns', message);
    }
    this.#unended.delete(key);
  }

  async #start(command: readonly string[], key: string, signal: AbortSignal): Promise<number> {
    const [path, ...arg] = command;
    const started = this.#channel.run(async () => {
      signal.throwIfAborted();
      const given = { path, arg, 'capture-output': true };
      const answer = await this.#channel.ask('guest-exec', { arguments: given });
      const pid = isRecord(answer) ? answer['pid'] : undefined;
      if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) throw strange('guest-exec');
      if (this.#unended.size >= maxUnended) this.#unended.clear();
      this.#unended.set(key, pid);
      return pid;
    });
    return unlessAborted(started, signal);
  }

  async #untilEnded(pid: number, signal: AbortSignal): Promise<Ended> {
    for (let pauseMs = askMs.first; ; pauseMs = Math.min(2 * pauseMs, askMs.longest)) {
      const ended = await this.#status(pid, signal);
      if (ended !== undefined) return ended;
      await delay(pauseMs, signal);
    }
  }

  async #status(pid: number, signal: AbortSignal): Promise<Ended | undefined> {
    return endedOf(await this.#ask('guest-exec-status', { pid }, signal));
  }

  /**
   * Gives up on `signal`, though not the question: an answer that comes late would be taken for that of the next,
   * so libvirt is left to wait for it, as long as for any.
   */
  async #ask(command: string, given: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const asked = this.#channel.run(async () => {
      signal.throwIfAborted();
      return this.#channel.ask(command, { seconds: answerSeconds, arguments: given });
    });
    return unlessAborted(asked, signal);
  }
}

/** Reads the answer to `guest-exec-status`. @returns undefined while the program runs. */
export function endedOf(answer: unknown): Ended | undefined {
  if (!isRecord(answer) || typeof answer['exited'] !== 'boolean') throw strange('guest-exec-status');
  if (!answer['exited']) return undefined;
  const { exitcode, signal } = answer;
  const output = [answer['out-data'], answer['err-data']].map((data) =>
    typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.alloc(0),
  );
  return { exitCode: exitCodeOf(exitcode, signal), output: Buffer.concat(output) };
}

/** Windows' codes have 32 bits; what is no success must stay none. */
function exitCodeOf(code: unknown, signal: unknown): number {
  if (typeof code === 'number' && Number.isSafeInteger(code)) return code === 0 ? 0 : code & 0xff || 1;
  return typeof signal === 'number' && signal > 0 && signal < 128 ? 128 + signal : 1;
}

const strange = (command: string): MonovirtError =>
  new MonovirtError('AgentAnswerInvalid', `the guest agent's answer to ${command} makes no sense`);
