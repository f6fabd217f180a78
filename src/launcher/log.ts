/**
 * The launcher's logger: one JSON object a line on stderr, shaped like the other roles' logs. One launcher runs
 * beside every VM, and winston costs it 16 MiB of private memory and 100 ms of start-up for one output.
 */
import { writeSync } from 'node:fs';
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
 */
export function writeText(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // Nothing is left to tell it to.
  }
}

const writeStderr = (line: string): void => writeText(2, line);
