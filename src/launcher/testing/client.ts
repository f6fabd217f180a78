/** The node agent's side of the socket, as small as tests need it. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { LineSplitter } from '../../support/lines.ts';
import { maxLineBytes, protocolVersion } from '../protocol.ts';
import type { DomainReport, Method, Methods, Opened, Opening, WireError } from '../protocol.ts';
import { Eventually } from './eventually.ts';

interface Incoming {
  id?: number;
  result?: unknown;
  error?: WireError;
  event?: string;
  report?: DomainReport;
}

export class TestAgent {
  readonly socket: Socket;
  readonly opened: Opened;
  /** Reports that came unasked. */
  readonly reports = new Eventually<DomainReport>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #id = 0;

  private constructor(socket: Socket, opened: Opened, lines: LineSplitter) {
    this.socket = socket;
    this.opened = opened;
    socket.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#receive(JSON.parse(line) as Incoming);
    });
    socket.resume();
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the connection closed'));
    });
  }

  static async connect(path: string): Promise<TestAgent> {
    const { socket, opened, lines } = await openSession(path, 'control');
    return new TestAgent(socket, opened, lines);
  }

  async call<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    const id = ++this.#id;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.socket.write(`${JSON.stringify({ id, method, params })}\n`);
    return waiting.promise as Promise<Methods[M]['result']>;
  }

  #receive(message: Incoming): void {
    if (message.report !== undefined) this.reports.add(message.report);
    const waiting = this.#waiting.get(message.id ?? 0);
    if (waiting === undefined) return;
    if (message.result !== undefined) waiting.resolve(message.result);
    else waiting.reject(Object.assign(new Error(message.error?.message), { reason: message.error?.reason }));
  }
}

/** Opens a connection of any kind and reads the launcher's first line. */
export async function openSession(
  path: string,
  open: Opening['open'],
  wake = false,
): Promise<{ socket: Socket; opened: Opened; lines: LineSplitter }> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  socket.write(`${JSON.stringify({ open, version: protocolVersion, wake })}\n`);
  const lines = new LineSplitter(maxLineBytes);
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    const first = lines.first(chunk);
    if (first === undefined) continue;
    if (first.rest.length > 0) socket.unshift(first.rest);
    return { socket, opened: JSON.parse(first.line) as Opened, lines };
  }
}
