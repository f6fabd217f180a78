/** Runs a helper program within bounds: time, memory, processor, output. */
import { spawn } from 'node:child_process';
import { MonovirtError } from '../support/errors.ts';

export interface ToolOptions {
  signal: AbortSignal;
  /** Wall-clock bound; 30 s unless said otherwise. */
  timeoutMs?: number;
  /** Address space in KiB; 2 GiB unless said otherwise. */
  memoryKiB?: number;
  /** Processor time in seconds; 20 unless said otherwise. */
  cpuSeconds?: number;
  /** Longest standard output, in characters; 64 Ki unless said otherwise. */
  maxOutput?: number;
}

const usualOutput = 64 * 1024;
/** The shell sets the limits on itself and becomes the program; nothing of the arguments is parsed by it. */
const limiter = 'ulimit -v "$1" && ulimit -t "$2" && shift 2 && exec "$@"';

/**
 * Runs `command` to its end and returns its standard output.
 * @throws MonovirtError `ToolFailed` with the end of stderr when it fails, is killed, takes too long or says too much.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<string> {
  const {
    signal,
    timeoutMs = 30_000,
    memoryKiB = 2 * 1024 * 1024,
    cpuSeconds = 20,
    maxOutput = usualOutput,
  } = options;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const child = spawn(
    '/bin/sh',
    ['-c', limiter, 'sh', String(memoryKiB), String(cpuSeconds), command, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: deadline,
      killSignal: 'SIGKILL',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    },
  );
  const out = collect(child.stdout, maxOutput);
  const err = collect(child.stderr, usualOutput);
  const ended = Promise.withResolvers<string>();
  child.on('error', (error) => ended.resolve(error.message));
  child.on('close', (code, killedBy) => ended.resolve(code === 0 ? '' : `exit code ${code ?? killedBy}`));
  const trouble = (await ended.promise) || (out.cut() ? 'its output is too long' : '');
  if (trouble === '' && !deadline.aborted) return out.text();
  throw new MonovirtError(
    'ToolFailed',
    `${command} ${args.join(' ')}: ${trouble}: ${err.text().trim().slice(-1000)}`,
  );
}

interface Collected {
  text(): string;
  /** Whether there was more than was kept. */
  cut(): boolean;
}

function collect(stream: NodeJS.ReadableStream, most: number): Collected {
  let text = '';
  let cut = false;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    cut ||= chunk.length > most - text.length;
    text += chunk.slice(0, most - text.length);
  });
  return { text: () => text, cut: () => cut };
}
