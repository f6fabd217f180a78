/** A control connection to one launcher: requests with answers, and events. */
import type { Socket } from 'node:net';
import { maxLineBytes } from '../../launcher/protocol.ts';
import type { DomainReport, Method, Methods } from '../../launcher/protocol.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import { LineSplitter } from '../../support/lines.ts';
import { parseControl, parseResult } from './messages.ts';
import type { ControlMessage } from './messages.ts';
import { openStream } from './stream.ts';

/** How long a launcher may take to answer, in milliseconds, unless the caller says otherwise. */
const requestTimeoutMs = 20_000;

interface Waiting {
  /** @throws MonovirtError for a result that makes no sense. */
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Talks to one launcher until either side closes; never reconnects by itself. */
export class ControlConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lines = new LineSplitter(maxLineBytes);
  readonly #onReport: (report: DomainReport) => void;
  #lastId = 0;
  /** Resolves with the cause once the connection is of no more use. */
  readonly closed: Promise<Error>;

  private constructor(socket: Socket, onReport: (report: DomainReport) => void) {
    this.#socket = socket;
    this.#onReport = onReport;
    let cause: Error = new MonovirtError('LauncherGone', 'the launcher closed its connection');
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#waiting.values()) reject(cause);
        this.#waiting.clear();
        resolve(cause);
      });
    });
    socket.on('error', (error) => (cause = asGone(error)));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.resume();
  }

  /**
   * Opens the conversation on a connected socket.
   * @param vmiUid the VMI that the launcher has to serve; another one's launcher is refused.
   * @param onReport called for every state the launcher tells unasked.
   */
  static async open(
    socket: Socket,
    vmiUid: string,
    onReport: (report: DomainReport) => void,
    signal: AbortSignal,
  ): Promise<ControlConnection> {
    const uid = await openStream(socket, { open: 'control' }, signal);
    if (uid === vmiUid) return new ControlConnection(socket, onReport);
    socket.destroy();
    throw new MonovirtError('ForeignLauncher', `the launcher serves VMI ${uid} and not ${vmiUid}`);
  }

  /**
   * Asks the launcher for something.
   * @param timeoutMs milliseconds to wait for the answer; Infinity waits as long as the connection lives.
   * @throws MonovirtError with the launcher's reason, `LauncherUnresponsive` or `LauncherGone`.
   */
  request<M extends Method>(
    method: M,
    params: Methods[M]['params'],
    timeoutMs = requestTimeoutMs,
  ): Promise<Methods[M]['result']> {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => this.#settle(id)?.reject(unresponsive(method, timeoutMs)), timeoutMs)
        : undefined;
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(parseResult(method, result));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (this.#socket.destroyed)
        this.#settle(id)?.reject(new MonovirtError('LauncherGone', 'the launcher is gone'));
      else this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#handle(parseControl(line));
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  #handle(message: ControlMessage): void {
    if ('event' in message) return this.#onReport(message.report);
    const waiting = this.#settle(message.id);
    if (waiting === undefined) return;
    if ('error' in message) waiting.reject(new MonovirtError(message.error.reason, message.error.message));
    else settleWith(waiting, message.result);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

/** A result that makes no sense fails its request and, thrown on, the connection. */
function settleWith(waiting: Waiting, result: unknown): void {
  try {
    waiting.resolve(result);
  } catch (error) {
    waiting.reject(error instanceof Error ? error : new Error(messageOf(error)));
    throw error;
  }
}

function asGone(error: Error): MonovirtError {
  if (error instanceof MonovirtError) return error;
  return new MonovirtError('LauncherGone', 'the connection to the launcher broke', 'backoff', {
    cause: error,
  });
}

const unresponsive = (method: string, timeoutMs: number): MonovirtError =>
  new MonovirtError(
    'LauncherUnresponsive',
    `the launcher did not answer "${method}" within ${timeoutMs / 1000} s`,
  );
