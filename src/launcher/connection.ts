/** One connection of the agent: its opening line, then requests and events, or raw bytes. */
import type { Socket } from 'node:net';
import { messageOf, MonovirtError } from '../support/errors.ts';
import { LineSplitter } from '../support/lines.ts';
import type { Logger } from '../support/log.ts';
import { printableLine } from '../support/printable.ts';
import type { ProbeAnswer } from './guest/probe.ts';
import { maxLineBytes, protocolVersion } from './protocol.ts';
import type {
  DomainEvent,
  DomainReport,
  Methods,
  Opened,
  Opening,
  ProbeQuestion,
  Reply,
  WireError,
} from './protocol.ts';
import type { CheckedRequest, UnknownRequest } from './wire.ts';
import { parseOpening, parseRequest } from './wire.ts';

/** What the server offers to connections. */
export interface Service {
  /** Of the VMI. */
  uid: string;
  /** Answers with the result of the request's method. */
  handle(request: CheckedRequest): Promise<Methods[keyof Methods]['result']>;
  subscribe(listener: (report: DomainReport) => void): () => void;
  attachConsole(session: Socket, received: Buffer): void;
  attachVnc(session: Socket, received: Buffer): void;
  /** A picture of the screen as PNG. @param wake move the pointer first. */
  screenshot(wake: boolean): Promise<Buffer>;
  /** Asks the guest how it is. @param gone aborts when nobody waits for the answer any more. Never rejects. */
  probe(question: ProbeQuestion, gone: AbortSignal): Promise<ProbeAnswer>;
}

/** Time for the first line, in milliseconds. */
const openingMs = 10_000;
/** A probe's command comes with the first line; the kubelet cannot start ours with a longer one. */
const maxOpeningBytes = 128 * 1024;
/** Requests of one connection that may wait for an answer. */
const maxPending = 32;

/** Serves `socket` until it closes. Whatever the other side sends, only its own connection suffers. */
export function serveConnection(socket: Socket, service: Service, log: Logger): void {
  const opening = new LineSplitter(maxOpeningBytes);
  const timer = setTimeout(() => socket.destroy(), openingMs);
  socket.on('error', (error) => log.debug('a connection of the agent failed', { error: error.message }));
  socket.on('close', () => clearTimeout(timer));
  const onFirst = (chunk: Buffer): void => {
    try {
      const first = opening.first(chunk);
      if (first === undefined) return;
      clearTimeout(timer);
      socket.off('data', onFirst);
      socket.pause();
      open(parseOpening(first.line), first.rest);
    } catch (error) {
      refuse(socket, error, log);
    }
  };
  const open = (what: Opening, rest: Buffer): void => {
    if (what.probe !== undefined) return void answerProbe(socket, service, what.probe);
    if (what.open === 'screenshot') return void sendPicture(socket, service, what.wake === true);
    send(socket, { ok: true, uid: service.uid, version: protocolVersion } satisfies Opened);
    if (what.open === 'console') service.attachConsole(socket, rest);
    else if (what.open === 'vnc') service.attachVnc(socket, rest);
    else serveControl(socket, service, { log, rest });
  };
  socket.on('data', onFirst);
}

/** Takes the picture before it answers, so that a failure can still be told. */
async function sendPicture(socket: Socket, service: Service, wake: boolean): Promise<void> {
  socket.resume();
  try {
    const picture = await service.screenshot(wake);
    send(socket, { ok: true, uid: service.uid, version: protocolVersion } satisfies Opened);
    socket.end(picture);
  } catch (error) {
    send(socket, { ok: false, error: wireError(error) } satisfies Opened);
    socket.end();
  }
}

async function answerProbe(socket: Socket, service: Service, question: ProbeQuestion): Promise<void> {
  const gone = new AbortController();
  socket.once('close', () => gone.abort(new MonovirtError('PeerGone', 'nobody waits for the answer')));
  socket.resume();
  const { exitCode, output } = await askedOf(service, question, gone.signal);
  socket.end(Buffer.concat([Buffer.from([exitCode]), Buffer.from(output)]));
}

/** Nobody waits for what becomes of a connection: an error that got out would end the launcher, and the guest with it. */
async function askedOf(service: Service, question: ProbeQuestion, gone: AbortSignal): Promise<ProbeAnswer> {
  try {
    return await service.probe(question, gone);
  } catch (error) {
    return { exitCode: 1, output: printableLine(messageOf(error)) };
  }
}

function serveControl(socket: Socket, service: Service, { log, rest }: { log: Logger; rest: Buffer }): void {
  const lines = new LineSplitter(maxLineBytes);
  let pending = 0;
  const unsubscribe = service.subscribe((report) => send(socket, { event: 'domain', report }));
  socket.on('close', unsubscribe);
  const answer = async (request: CheckedRequest | UnknownRequest): Promise<void> => {
    pending += 1;
    const reply = await replyTo(request, service);
    pending -= 1;
    send(socket, withinBounds(reply));
  };
  const onData = (chunk: Buffer): void => {
    try {
      for (const line of lines.push(chunk)) {
        if (pending >= maxPending)
          throw new MonovirtError('TooManyRequests', 'too many requests wait for an answer');
        void answer(parseRequest(line));
      }
    } catch (error) {
      socket.off('data', onData);
      refuse(socket, error, log);
    }
  };
  socket.on('data', onData);
  if (rest.length > 0) onData(rest);
  socket.resume();
}

async function replyTo(request: CheckedRequest | UnknownRequest, service: Service): Promise<Reply> {
  try {
    if ('unknown' in request) throw unknownMethod(request.unknown);
    return { id: request.id, result: await service.handle(request) };
  } catch (error) {
    return { id: request.id, error: wireError(error) };
  }
}

const unknownMethod = (method: string): MonovirtError =>
  new MonovirtError(
    'UnknownMethod',
    `the launcher of this VM does not know ${JSON.stringify(method.slice(0, 100))}; restart the VM to give it the launcher of the present version`,
    'never',
  );

/** The agent ends a connection over a line that is too long, and a guest may make an answer so. */
function withinBounds(reply: Reply): Reply {
  if (Buffer.byteLength(JSON.stringify(reply)) <= maxLineBytes) return reply;
  const message = `the answer is longer than ${maxLineBytes} bytes`;
  return { id: reply.id, error: { reason: 'AnswerTooLong', message } };
}

function refuse(socket: Socket, error: unknown, log: Logger): void {
  log.warn('closed a connection that does not speak our protocol', { error: messageOf(error) });
  send(socket, { ok: false, error: wireError(error) } satisfies Opened);
  socket.end();
  socket.resume();
}

/** An agent that does not read is cut off; it comes back and asks for the state. */
function send(socket: Socket, message: Opened | Reply | DomainEvent): void {
  if (socket.destroyed || socket.writableEnded) return;
  if (socket.writableLength > maxLineBytes) socket.destroy();
  else socket.write(`${JSON.stringify(message)}\n`);
}

function wireError(error: unknown): WireError {
  const reason = error instanceof MonovirtError ? error.reason : 'InternalError';
  return { reason, message: messageOf(error) };
}
