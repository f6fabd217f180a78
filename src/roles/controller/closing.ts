/** How the controller goes: in an order in which nothing that others wait for is missing. */
import type { RunningServer } from '../../http/types.ts';
import type { EventRecorder } from '../../kube/types.ts';
import { delay } from '../../support/delay.ts';

/** Kubernetes takes about this long to send no more requests to a pod that ends, in milliseconds. */
export const drainMs = 3_000;
/** Events are told for at most this long when the API server does not answer, in milliseconds. */
const tellMs = 3_000;

export interface Closing {
  server: Pick<RunningServer, 'close'>;
  events: Pick<EventRecorder, 'flush'>;
  /** Ends the sending of events. */
  telling: AbortController;
  /** What is to be done while webhooks are still answered. Never rejects. */
  farewell: () => Promise<void>;
  /** How long requests may still arrive, in milliseconds. */
  drainMs: number;
  tellMs?: number;
}

/** Serves on until nobody asks any more and the last words are said, then closes. */
export async function close(closing: Closing): Promise<void> {
  const { server, events, telling, farewell } = closing;
  const limit = new AbortController();
  const told = events.flush().then(() => limit.abort());
  const tooLong = delay(closing.tellMs ?? tellMs, limit.signal);
  await Promise.all([
    Promise.race([told, tooLong]),
    farewell(),
    delay(closing.drainMs, new AbortController().signal),
  ]);
  telling.abort();
  await server.close();
}
