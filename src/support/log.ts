/** Structured logs: a constant message and fixed keys, one JSON object a line on stderr. */
import winston from 'winston';

/** Keys that mean the same everywhere. */
export interface LogFields {
  namespace?: string;
  name?: string;
  uid?: string;
  node?: string;
  phase?: string;
  reason?: string;
  error?: string;
  [key: string]: unknown;
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/**
 * Makes the logger of a role. Secrets never go into fields: log names of objects, not their contents.
 * @param level one of winston's npm levels; `info` unless said otherwise.
 */
export function createLogger(role: string, level = 'info'): Logger {
  const { combine, timestamp, json } = winston.format;
  return winston.createLogger({
    level,
    defaultMeta: { role },
    format: combine(timestamp(), json()),
    transports: [new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) })],
  });
}
