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

/** A program that is being started or runs, and who waits for it. */
interface Run {
  ended: Promise<Ended>;
  waiting: number;
  /** Aborts when nobody waits any more. */
  alone: AbortController;
  /** Once it has started, until it has ended or is remembered as unended. */
  pid?: number;
}

export class GuestPrograms {
  readonly #channel: AgentChannel;
  readonly #pause: typeof delay;
  /** By its command, what somebody waits for. */
  readonly #running = new Map<string, Run>();
  /** By its command, what ran longer than anybody wanted to wait. */
  readonly #unended = new Map<string, number>();

  /** @param pause waits between questions whether a program has ended. */
  constructor(channel: AgentChannel, pause = delay) {
    this.#channel = channel;
    this.#pause = pause;
  }

  /** Whether the agent answers at all. @throws what libvirt says, or the signal's reason. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#ask('guest-ping', {}, signal);
  }

  /**
   * Runs `command` and waits for its end. Who wants the same while somebody waits for it gets the same end: a
   * guest's two probes are often one command. What the last abort of a `signal` left running is asked for by the
   * next call of the same command: a program that hangs is never started twice.
   * @throws MonovirtError `GuestProgramRuns`, `AgentAnswerInvalid`, what libvirt says, or the signal's reason.
   */
  async run(command: readonly string[], signal: AbortSignal): Promise<Ended> {
    signal.throwIfAborted();
    const key = JSON.stringify(command);
    const run = this.#running.get(key) ?? this.#begin(command, key);
    run.waiting += 1;
    try {
      return await unlessAborted(run.ended, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0) {
        this.#close(key, run);
        run.alone.abort(new MonovirtError('PeerGone', 'nobody waits for the program any more'));
      }
    }
  }

  #begin(command: readonly string[], key: string): Run {
    const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>();
    const run: Run = { ended, waiting: 0, alone: new AbortController() };
    this.#running.set(key, run);
    this.#follow(command, key, run)
      .finally(() => this.#close(key, run))
      .then(resolve, reject);
    return run;
  }

  async #follow(command: readonly string[], key: string, run: Run): Promise<Ended> {
    const { signal } = run.alone;
    await this.#outlive(key, signal);
    const pid = await this.#start(command, key, run);
    const ended = await this.#untilEnded(pid, signal);
    delete run.pid;
    return ended;
  }

  /** Nobody joins it any more; what has started and not ended is remembered, for a failure to ask does not end it. */
  #close(key: string, run: Run): void {
    if (this.#running.get(key) === run) this.#running.delete(key);
    if (run.pid !== undefined) this.#remember(key, run.pid);
    delete run.pid;
  }

  #remember(key: string, pid: number): void {
    if (this.#unended.size >= maxUnended) this.#unended.clear();
    this.#unended.set(key, pid);
  }

  /** Makes sure that the last run of a command has ended; an agent that was started anew knows nothing of it. */
  async #outlive(key: string, signal: AbortSignal): Promise<void> {
    // In its turn: a start that was given up may still be under way, and bring a process.
    const pid = await this.#inTurn(async () => this.#unended.get(key), signal);
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

  #start([path, ...arg]: readonly string[], key: string, run: Run): Promise<number> {
    const { signal } = run.alone;
    return this.#inTurn(async () => {
      const given = { path, arg, 'capture-output': true };
      const answer = await this.#channel.ask('guest-exec', { arguments: given });
      const pid = isRecord(answer) ? answer['pid'] : undefined;
      if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) throw strange('guest-exec');
      if (signal.aborted) this.#remember(key, pid);
      else run.pid = pid;
      return pid;
    }, signal);
  }

  async #untilEnded(pid: number, signal: AbortSignal): Promise<Ended> {
    for (let pauseMs = askMs.first; ; pauseMs = Math.min(2 * pauseMs, askMs.longest)) {
      const ended = await this.#status(pid, signal);
      if (ended !== undefined) return ended;
      await this.#pause(pauseMs, signal);
    }
  }

  async #status(pid: number, signal: AbortSignal): Promise<Ended | undefined> {
    return endedOf(await this.#ask('guest-exec-status', { pid }, signal));
  }

  #ask(command: string, given: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const question = { seconds: answerSeconds, arguments: given };
    return this.#inTurn(() => this.#channel.ask(command, question), signal);
  }

  /**
   * Gives up on `signal`, though not the question: an answer that comes late would be taken for that of the next,
   * so libvirt is left to wait for it, as long as for any.
   */
  #inTurn<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = this.#channel.run(async () => {
      signal.throwIfAborted();
      return task();
    });
    return unlessAborted(done, signal);
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
