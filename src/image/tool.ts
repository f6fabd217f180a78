/** Runs the programs that image builds need. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MonovirtError, messageOf } from '../support/errors.ts';

const run = promisify(execFile);

/** Debian package of each program, for the remedy in an error. */
const packages: Readonly<Record<string, string>> = {
  gcc: 'gcc and libc6-dev',
  strip: 'binutils',
  mmdebstrap: 'mmdebstrap',
};

export interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end.
 * @throws MonovirtError `ToolFailed` with what the program said last.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<void> {
  try {
    await run(command, args, {
      maxBuffer: 1 << 26,
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (error) {
    throw new MonovirtError('ToolFailed', describe(command, error), 'never', { cause: error });
  }
}

function describe(command: string, error: unknown): string {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (missing)
    return `${command} is not installed: install the Debian package ${packages[command] ?? command}`;
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : messageOf(error);
  return `${command} failed: ${said.trim().split('\n').slice(-5).join('\n')}`;
}
