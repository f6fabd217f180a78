/** Follows a resource without keeping it: for what is looked at when it changes, and then no more. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import type { Logger } from '../support/log.ts';
import { messageOf } from '../support/errors.ts';
import type { ApiClient } from './client.ts';
import { follow } from './follow.ts';
import { defaultTuning } from './follow-context.ts';
import { preparer } from './prepare.ts';
import type { Store } from './store.ts';

export interface ChangesOptions<T> {
  /** Drops what is not looked at; a list of all objects is held for as long as it takes to go through it. */
  trim: (object: T) => T;
  /** Gets every object once at first and after each gap, and then whenever it changes; not when it is deleted. */
  onObject: (object: T) => void;
  logger?: Logger;
}

/** Runs until `signal` aborts, whatever the API server or the network does. */
export function followChanges<T extends KubeObject>(
  client: ApiClient,
  resource: Resource,
  { trim, onObject, logger }: ChangesOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  return follow(
    {
      client,
      resource,
      selection: {},
      store: forgetting(onObject),
      prepare: preparer(trim, false),
      tuning: defaultTuning,
      onSynced: () => undefined,
      onActivity: () => undefined,
      onFact: (reason, error) => {
        const fact = { resource: resource.plural, reason };
        if (error === undefined) logger?.debug('changes', fact);
        else logger?.warn('watch interrupted', { ...fact, error: messageOf(error) });
      },
    },
    signal,
  );
}

const forgetting = <T extends KubeObject>(onObject: (object: T) => void): Store<T> => ({
  get: () => undefined,
  all: () => [],
  byIndex: () => [],
  upsert: onObject,
  remove: () => undefined,
  replace: (objects) => objects.forEach((object) => onObject(object)),
});
