/** Runs a program to its end and hands back what it said. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { MonovirtError } from '../support/errors.ts';

export interface RunOptions {
  signal?: AbortSignal;
  /** Text, or a file descriptor, for standard input. */
  input?: string | number;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Sees each line of standard error as it comes: for progress. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit code; 128 + n when ended by signal n. */
  code: number;
  stdout: string;
  stderr: string;
}

function collect(stream: Readable | null, onLine?: (line: string) => void): () => string {
  const chunks: string[] = [];
  stream?.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    chunks.push(text);
    const last = text.trimEnd().split('\n').at(-1);
    if (onLine !== undefined && last !== undefined && last !== '') onLine(last);
  });
  return () => chunks.join('');
}

function start(argv: readonly string[], options: RunOptions): ChildProcess {
  const [program = '', ...args] = argv;
  const stdin = typeof options.input === 'string' ? 'pipe' : (options.input ?? 'ignore');
  const env = { ...process.env, ...options.env };
  const { cwd, signal } = options;
  return spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'], env, cwd, signal });
}

async function exitCode(child: ChildProcess, program: string, signal?: AbortSignal): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => {
      const missing = new MonovirtError('CommandMissing', `cannot run ${program}`, 'never', { cause });
      reject(signal?.aborted === true ? (signal.reason as Error) : missing);
    });
    child.on('close', (exit, ended) =>
      resolve(exit ?? 128 + (ended === null ? 0 : constants.signals[ended])),
    );
  });
}

/**
 * Runs a program without a shell.
 * @returns its exit code and output; a code other than 0 is no error here.
 * @throws MonovirtError `CommandMissing` when it cannot be started, or the signal's reason when aborted.
 */
export async function execute(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = start(argv, options);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr, options.onLine);
  if (typeof options.input === 'string') {
    // A program may end without reading its input; its exit code says what that means.
    child.stdin?.on('error', () => undefined).end(options.input);
  }
  const code = await exitCode(child, argv[0] ?? '', options.signal);
  return { code, stdout: stdout(), stderr: stderr() };
}

/**
 * Runs a program that must succeed.
 * @returns its standard output.
 * @throws MonovirtError `CommandFailed` with the end of its standard error.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await execute(argv, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() === '' ? result.stdout : result.stderr)
    .trim()
    .split('\n')
    .slice(-8)
    .join('\n');
  throw new MonovirtError('CommandFailed', `\`${argv.join(' ')}\` ended with code ${result.code}: ${said}`);
}
