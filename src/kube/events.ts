/** Kubernetes Events about objects: what a user sees in `kubectl describe`. Telling is never worth a failure. */
import { events } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { newEvent, repeatOf } from './event-object.ts';
import type { EventFacts, EventSource } from './event-object.ts';
import { createTokens } from './tokens.ts';
import type { EventRecorder, Key, KubeClient } from './types.ts';
import { ApiError, isNotFound, keyOf } from './types.ts';

export interface EventRecorderOptions extends EventSource {
  clock?: Clock;
  logger?: Logger;
  /** Waiting events beyond this are dropped. */
  maxQueued?: number;
}

/** What is known of events already sent, so that repeats only raise a count. Oldest are forgotten first. */
const maxRemembered = 2048;
/** Per object: this many at once, then one more each so often. */
const burst = 25;
const refillMs = 60_000;
const attempts = 3;
const firstRetryMs = 500;

interface Entry {
  facts: EventFacts;
  /** The event of the server that further counts go to. */
  stored: Key | undefined;
  queued: boolean;
}

/** Stops sending when `signal` aborts; call `flush` before that to lose nothing. */
export function createEventRecorder(
  client: KubeClient,
  options: EventRecorderOptions,
  signal: AbortSignal,
): EventRecorder & { readonly dropped: number } {
  const clock = options.clock ?? systemClock;
  const tokens = createTokens(clock, { burst, refillMs, maxKeys: maxRemembered });
  const remembered = new Map<string, Entry>();
  const queue: Entry[] = [];
  let dropped = 0;
  let sending = Promise.resolve();
  let busy = false;

  async function drain(): Promise<void> {
    // What one reconcile records goes out together.
    await Promise.resolve();
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      entry.queued = false;
      if (!signal.aborted) await send(entry, { client, clock, options, signal });
    }
    busy = false;
  }

  function remember(id: string, entry: Entry): void {
    remembered.set(id, entry);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    get dropped() {
      return dropped;
    },
    record(object, type, reason, message) {
      const id = [object.metadata.uid, type, reason, message].join('\n');
      const entry = remembered.get(id) ?? {
        facts: first(object, { type, reason, message }),
        stored: undefined,
        queued: false,
      };
      entry.facts.count += 1;
      entry.facts.lastSeen = clock.wall();
      if (entry.facts.count === 1) entry.facts.firstSeen = entry.facts.lastSeen;
      remembered.delete(id);
      remember(id, entry);
      if (entry.queued) return;
      if (
        signal.aborted ||
        queue.length >= (options.maxQueued ?? 1000) ||
        !tokens.take(object.metadata.uid)
      ) {
        dropped += 1;
        return;
      }
      entry.queued = true;
      queue.push(entry);
      if (!busy) {
        busy = true;
        sending = drain();
      }
    },
    flush: () => sending,
  };
}

const first = (object: KubeObject, what: Pick<EventFacts, 'type' | 'reason' | 'message'>): EventFacts => ({
  ...what,
  object: involved(object),
  count: 0,
  firstSeen: 0,
  lastSeen: 0,
});

/** Not the object itself: what is remembered must not keep old states of objects alive. */
const involved = ({ apiVersion, kind, metadata }: KubeObject): EventFacts['object'] => ({
  apiVersion,
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

interface Sender {
  client: KubeClient;
  clock: Clock;
  options: EventRecorderOptions;
  signal: AbortSignal;
}

async function send(entry: Entry, sender: Sender): Promise<void> {
  const { clock, signal, options } = sender;
  for (let attempt = 0; attempt < attempts && !signal.aborted; attempt += 1) {
    try {
      entry.stored = await write(entry, sender);
      return;
    } catch (error) {
      if (signal.aborted) return;
      // An event lives for an hour; a count on one that is gone must become a new event.
      if (isNotFound(error) && entry.stored !== undefined) entry.stored = undefined;
      else options.logger?.debug('event not sent', { reason: entry.facts.reason, error: messageOf(error) });
      if (isRefused(error)) return;
      await clock.sleep(firstRetryMs * 2 ** attempt * clock.random(), signal);
    }
  }
}

/** A namespace that is going away takes no events, and a bad one stays bad. */
const isRefused = (error: unknown): boolean =>
  error instanceof ApiError && [400, 403, 422].includes(error.status);

async function write({ facts, stored }: Entry, { client, clock, options, signal }: Sender): Promise<Key> {
  if (stored === undefined)
    return keyOf(await client.create(events, newEvent(facts, options, clock), signal));
  await client.patch(events, stored, { type: 'merge', body: repeatOf(facts) }, { signal });
  return stored;
}
