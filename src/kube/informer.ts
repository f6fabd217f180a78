/** A cache of one resource that follows the API server through every kind of trouble. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import type { ApiClient } from './client.ts';
import { follow } from './follow.ts';
import { defaultTuning } from './follow-context.ts';
import type { InformerTuning } from './follow-context.ts';
import { preparer } from './prepare.ts';
import type { ChangeHandler } from './store.ts';
import { createStore } from './store.ts';
import type { Informer, InformerOptions } from './types.ts';

export interface InformerExtras {
  logger?: Logger;
  /** Called at each turn of its life: `Connected`, `Relisted`, or the reason of a reconnect. */
  onFact?: (fact: string) => void;
  /** Freezes cached objects, so that tests catch whoever changes them. */
  freeze?: boolean;
  tuning?: Partial<InformerTuning>;
}

/** Nothing is sent before `run`. Objects in the cache are shared: readers must not change them. */
export function createInformer<T extends KubeObject>(
  client: ApiClient,
  resource: Resource,
  options: InformerOptions<T> = {},
  extras: InformerExtras = {},
): Informer<T> {
  const handlers = new Set<ChangeHandler<T>>();
  const store = createStore<T>(options.indexes ?? {}, (change, origin) => {
    for (const handler of handlers) guarded(() => handler(change, origin), resource, extras.logger);
  });
  const { promise: synced, resolve: onSynced } = Promise.withResolvers<void>();
  let lastActivity = client.clock.now();
  let started = false;
  return {
    synced,
    get: (key) => store.get(key),
    all: () => store.all(),
    byIndex: (index, value) => store.byIndex(index, value),
    onChange(handler, signal) {
      if (signal?.aborted === true) return;
      handlers.add(handler);
      signal?.addEventListener('abort', () => handlers.delete(handler), { once: true });
    },
    lastEventAge: () => client.clock.now() - lastActivity,
    async run(signal) {
      if (started)
        throw new MonovirtError('InternalError', `the informer of ${resource.plural} runs already`, 'never');
      started = true;
      await follow(
        {
          client,
          resource,
          selection: options,
          store,
          prepare: preparer(options.trim, extras.freeze === true),
          tuning: { ...defaultTuning, ...extras.tuning },
          onSynced,
          onActivity: () => {
            lastActivity = client.clock.now();
          },
          onFact: (fact, error) => report(fact, error, resource, extras),
        },
        signal,
      );
    },
  };
}

/** A handler that throws is a defect, but must not cost the other handlers their event. */
function guarded(call: () => void, resource: Resource, logger: Logger | undefined): void {
  try {
    call();
  } catch (error) {
    logger?.error('change handler failed', { resource: resource.plural, error: messageOf(error) });
  }
}

function report(fact: string, error: unknown, resource: Resource, extras: InformerExtras): void {
  extras.onFact?.(fact);
  if (error === undefined) extras.logger?.debug('informer', { resource: resource.plural, reason: fact });
  else
    extras.logger?.warn('watch interrupted', {
      resource: resource.plural,
      reason: fact,
      error: messageOf(error),
    });
}
