/** Opens a connection to a launcher: says what it is for and checks the launcher's answer. */
import type { Socket } from 'node:net';
import { maxLineBytes, protocolVersion } from '../../launcher/protocol.ts';
import type { Opening } from '../../launcher/protocol.ts';
import { MonovirtError } from '../../support/errors.ts';
import { LineSplitter } from '../../support/lines.ts';
import { parseOpened } from './messages.ts';

/** How long a launcher may take to answer an opening, in milliseconds. */
const openTimeoutMs = 10_000;

/**
 * Exchanges the first lines on a connected socket. Bytes that came after the launcher's answer are put back.
 * @returns the uid of the VMI that the launcher says it serves.
 * @throws MonovirtError with the launcher's reason when it refuses; the socket is destroyed.
 */
export async function openStream(
  socket: Socket,
  opening: Omit<Opening, 'version'>,
  signal: AbortSignal,
): Promise<string> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(openTimeoutMs)]);
  try {
    socket.write(`${JSON.stringify({ ...opening, version: protocolVersion } satisfies Opening)}\n`);
    const answer = parseOpened(await firstLine(socket, bounded));
    if (!answer.ok) throw new MonovirtError(answer.error.reason, answer.error.message);
    if (answer.version !== protocolVersion) {
      throw new MonovirtError(
        'ProtocolMismatch',
        `the launcher speaks version ${answer.version} of the protocol and the node agent ${protocolVersion}`,
      );
    }
    return answer.uid;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function firstLine(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = new LineSplitter(maxLineBytes);
    const settle = (act: () => void): void => {
      socket.off('readable', read).off('close', close).off('error', close);
      signal.removeEventListener('abort', abort);
      act();
    };
    const abort = (): void => settle(() => reject(timedOut()));
    const close = (): void => settle(() => reject(closedEarly()));
    const read = (): void => {
      try {
        const line = takeLine(socket, lines);
        if (line !== undefined) settle(() => resolve(line));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    socket.on('readable', read).on('close', close).on('error', close);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    if (socket.destroyed) close();
  });
}

/** Reads until a line is complete and puts what follows it back into the socket. */
function takeLine(socket: Socket, lines: LineSplitter): string | undefined {
  for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
    const first = lines.first(chunk);
    if (first === undefined) continue;
    if (first.rest.length > 0) socket.unshift(first.rest);
    return first.line;
  }
  return undefined;
}

const read = (socket: Socket): Buffer | null => socket.read() as Buffer | null;

const timedOut = (): MonovirtError =>
  new MonovirtError('LauncherUnresponsive', `the launcher did not answer within ${openTimeoutMs / 1000} s`);
const closedEarly = (): MonovirtError =>
  new MonovirtError('LauncherGone', 'the launcher closed the connection before it answered');
