/** One watch request as a stream of events. Resuming is the informer's business. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import type { Clock } from './clock.ts';
import { splitLines } from './lines.ts';
import { collectionPath, selectors, withQuery } from './paths.ts';
import type { Requester } from './requester.ts';
import { errorOfEvent } from './status.ts';
import { TransportError } from './types.ts';
import type { Selection } from './types.ts';

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | {
      type: 'BOOKMARK';
      object: { metadata: { resourceVersion: string; annotations?: Record<string, string> } };
    };

export interface WatchOptions {
  /** Start after this version; absent means "any recent state first". */
  resourceVersion?: string;
  /** After this time the server ends the watch. */
  timeoutSeconds?: number;
  /** WatchList: the server sends the present objects first, then a bookmark that marks their end. */
  sendInitialEvents?: boolean;
  /** Break a connection that was silent for this long; 0 waits for ever. */
  idleTimeoutMs?: number;
  /** Called for everything the server says, bookmarks and answers included. */
  onActivity?: () => void;
}

interface WatchParts {
  request: Requester;
  clock: Clock;
}

/**
 * Ends when the server closes the watch. Throws ApiError for a refusal or an ERROR event (410: the version is
 * too old), TransportError when the connection breaks or stays silent, the signal's reason after an abort.
 */
export async function* watchStream<T extends KubeObject>(
  { request, clock }: WatchParts,
  target: { resource: Resource; selection: Selection },
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const path = collectionPath(target.resource, target.selection.namespace);
  const idle = idleGuard(clock, options, `watch of ${path}`);
  try {
    const answer = await request(
      {
        verb: 'watch',
        resource: target.resource.plural,
        method: 'GET',
        path: withQuery(path, queryOf(target.selection, options)),
        stream: true,
        signal: AbortSignal.any([signal, idle.signal]),
      },
      { retries: 0, maxWaitMs: 0 },
    );
    idle.touch();
    for await (const line of splitLines(touching(answer.chunks(), idle.touch))) {
      if (line !== '') yield decode<T>(line);
    }
  } finally {
    idle.stop();
  }
}

const queryOf = (
  selection: Selection,
  options: WatchOptions,
): Record<string, string | number | boolean | undefined> => ({
  ...selectors(selection),
  watch: true,
  allowWatchBookmarks: true,
  resourceVersion: options.resourceVersion,
  timeoutSeconds: options.timeoutSeconds,
  ...(options.sendInitialEvents === true && {
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
  }),
});

async function* touching(chunks: AsyncIterable<Uint8Array>, touch: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    touch();
    yield chunk;
  }
}

/** Aborts its signal when nothing touches it for the idle time. */
function idleGuard(
  clock: Clock,
  options: WatchOptions,
  what: string,
): { signal: AbortSignal; touch: () => void; stop: () => void } {
  const controller = new AbortController();
  const ms = options.idleTimeoutMs ?? 0;
  const expire = (): void =>
    controller.abort(
      new TransportError(`${what} was silent for ${ms} ms; the connection is taken for dead`, undefined),
    );
  const arm = (): (() => void) => (ms > 0 ? clock.after(ms, expire) : () => undefined);
  let cancel = arm();
  return {
    signal: controller.signal,
    touch() {
      options.onActivity?.();
      cancel();
      cancel = arm();
    },
    stop: () => cancel(),
  };
}

function decode<T>(line: string): WatchEvent<T> {
  let event: { type: string; object: unknown };
  try {
    event = JSON.parse(line) as { type: string; object: unknown };
  } catch (error) {
    throw new TransportError('a watch sent a line that is no JSON', error);
  }
  if (event.type === 'ERROR') throw errorOfEvent(event.object);
  return event as WatchEvent<T>;
}
