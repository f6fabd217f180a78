/**
 * The launcher's logger: one JSON object a line on stderr, shaped like the other roles' logs. One launcher runs
 * beside every VM, and winston costs it 16 MiB of private memory and 100 ms of start-up for one output.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { LogFields, Logger } from '../support/log.ts';

const levels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

export interface LogOptions {
  level?: string;
  /** Fields of every line. */
  fields?: LogFields;
  /** Where a finished line goes; stderr unless a test says otherwise. */
  write?: (line: string) => void;
}

/** Makes a logger; an unknown level counts as `info`. */
export function createLineLogger(options: LogOptions = {}): Logger {
  const { fields = {}, write = writeStderr } = options;
  const level = levels.find((candidate) => candidate === options.level) ?? 'info';
  const enabled = levels.slice(0, levels.indexOf(level) + 1);
  const log = (at: Level) => (message: string, extra?: LogFields) => {
    if (!enabled.includes(at)) return;
    write(
      `${JSON.stringify({ ...fields, ...extra, level: at, message, timestamp: new Date().toISOString() })}\n`,
    );
  };
  return {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: log('debug'),
    child: (more) => createLineLogger({ ...options, level, fields: { ...fields, ...more } }),
  };
}

/**
 * Writes text to an open file. A log that cannot be written must not end a VM: a full or closed pipe loses the text.
 * @returns whether it was written.
 */
function writeText(fd: number, text: string): boolean {
  try {
    writeSync(fd, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the pipe of a container's log anew, as a description of its own that never waits: who reads the other end may
 * be stopped, and a VM shall not notice. Up to 4096 bytes are written whole or not at all.
 * @param path such as `/proc/<pid>/fd/1` of a process of this pod.
 * @returns undefined when there is no pipe that may be opened.
 */
export function openLogPipe(path: string): ((text: string) => boolean) | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!fstatSync(fd).isFIFO()) throw new Error('no pipe');
    const pipe = fd;
    return (text) => writeText(pipe, text);
  } catch {
    if (fd !== undefined) closeSync(fd);
    return undefined;
  }
}

/** Our own stdout or stderr; where that is no pipe, writing may wait. */
const ownLog = (fd: 1 | 2): ((text: string) => boolean) =>
  openLogPipe(`/proc/self/fd/${fd}`) ?? ((text) => writeText(fd, text));

/** The compute container's stdout, which holds what the guest writes to its serial console. */
export const openStdout = (): ((text: string) => boolean) => ownLog(1);

let stderr: ((text: string) => boolean) | undefined;
const writeStderr = (line: string): void => void (stderr ??= ownLog(2))(line);
