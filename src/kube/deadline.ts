/** Bounds the time of one call. */
import { MonovirtError } from '../support/errors.ts';
import type { Clock } from './clock.ts';

/** Runs `call` with a signal that aborts with `outer` or after `ms`; no timer stays behind. */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cancel = clock.after(ms, () =>
    controller.abort(new MonovirtError('DeadlineExceeded', `no result within ${ms} ms`)),
  );
  try {
    return await call(outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]));
  } finally {
    cancel();
  }
}
