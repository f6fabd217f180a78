/** Errors that carry their own cause, remedy and retry rule. */

/** What a control loop does after an error: try again later, never again, or again without telling anyone. */
export type Retry = 'backoff' | 'never' | 'quiet';

/**
 * An error with a stable, CamelCase reason that goes unchanged to condition, event and log.
 * Tests assert `reason`, never the message.
 */
export class MonovirtError extends Error {
  override readonly name: string = 'MonovirtError';
  readonly reason: string;
  readonly retry: Retry;

  constructor(reason: string, message: string, retry: Retry = 'backoff', options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.retry = retry;
  }
}

/** The message of anything thrown, with the messages of its causes. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}

/** Makes the compiler prove that a switch covers every case. */
export function assertNever(value: never): never {
  throw new MonovirtError('InternalError', `unexpected value ${JSON.stringify(value)}`, 'never');
}
