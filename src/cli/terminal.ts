/** A terminal joined to a serial console. */
import type { Duplex, Readable, Writable } from 'node:stream';

/** Ctrl+], as virtctl and telnet have it. */
const escapeByte = 0x1d;

interface TerminalInput extends Readable {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/**
 * Copies keys to the console and its output to the screen until the console ends, the user types Ctrl+],
 * input ends or `signal` aborts. The terminal is put back as it was.
 * @returns whether the console ended, or the user left it.
 */
export async function attachTerminal(
  stream: Duplex,
  terminal: { input: TerminalInput; output: Writable },
  signal: AbortSignal,
): Promise<'ended' | 'left'> {
  const { input, output } = terminal;
  const raw = input.isTTY === true && input.setRawMode !== undefined;
  const { promise: ended, resolve: end } = Promise.withResolvers<'ended' | 'left'>();
  const leave = (): void => end('left');
  const onKeys = (chunk: Buffer): void => {
    const stop = chunk.indexOf(escapeByte);
    stream.write(stop < 0 ? chunk : chunk.subarray(0, stop));
    if (stop >= 0) leave();
  };
  if (raw) input.setRawMode?.(true);
  input.on('data', onKeys).once('end', leave);
  stream.on('data', (chunk: Buffer) => output.write(chunk));
  for (const name of ['close', 'end', 'error'] as const) stream.on(name, () => end('ended'));
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await ended;
  } finally {
    input.off('data', onKeys).off('end', leave);
    input.pause();
    if (raw) input.setRawMode?.(false);
    stream.destroy();
  }
}
