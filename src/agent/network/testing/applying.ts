/** What tests give `applyNetwork`. */
import type { Logger } from '../../../support/log.ts';

/** A limit of time, and a log that goes to `onWarning` alone. */
export function applying(onWarning: (text: string) => void = () => undefined): {
  signal: AbortSignal;
  log: Logger;
} {
  const ignore = (): void => undefined;
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warn: (message, fields) => onWarning(`${message} ${JSON.stringify(fields)}`),
    error: ignore,
    child: () => log,
  };
  return { signal: AbortSignal.timeout(20_000), log };
}
