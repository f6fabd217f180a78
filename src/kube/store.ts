/** The objects an informer knows, by name and by index, and the changes that lead from one state to the next. */
import type { KubeObject } from '../api/types.ts';
import { createIndexes } from './indexes.ts';
import type { IndexFunctions } from './indexes.ts';
import type { Change, Key } from './types.ts';
import { keyOf, keyString } from './types.ts';

/** Live changes come from a watch; relisted ones were found by comparing lists and are less urgent. */
export type Origin = 'live' | 'relist';

export type ChangeHandler<T> = (change: Change<T>, origin: Origin) => void;

export interface Store<T extends KubeObject> {
  get(key: Key): T | undefined;
  all(): readonly T[];
  byIndex(index: string, value: string): readonly T[];
  upsert(object: T): void;
  remove(object: T): void;
  /** Becomes exactly `objects`; what differs is reported, with deletes for what is no longer there. */
  replace(objects: readonly T[]): void;
}

/** `emit` is called after the store has taken the new state, never in between. */
export function createStore<T extends KubeObject>(
  functions: IndexFunctions<T>,
  emit: ChangeHandler<T>,
): Store<T> {
  let objects = new Map<string, T>();
  const indexes = createIndexes(functions);
  return {
    get: (key) => objects.get(keyString(key)),
    all: () => [...objects.values()],
    byIndex: (index, value) => indexes.lookUp(index, value),
    upsert(object) {
      const key = keyString(keyOf(object));
      const changes = difference(objects.get(key), object);
      if (changes.length === 0) return;
      objects.set(key, object);
      apply(changes, indexes);
      for (const change of changes) emit(change, 'live');
    },
    remove(object) {
      const key = keyString(keyOf(object));
      const known = objects.get(key);
      // A delete of an earlier object must not remove its namesake.
      if (known === undefined || known.metadata.uid !== object.metadata.uid) return;
      objects.delete(key);
      indexes.remove(known);
      emit({ type: 'deleted', object }, 'live');
    },
    replace(list) {
      const next = new Map(list.map((object) => [keyString(keyOf(object)), object]));
      const changes = absent(objects, next);
      for (const [key, object] of next) {
        const known = objects.get(key);
        const found = difference(known, object);
        changes.push(...found);
        // The indexes hold the known one.
        if (known !== undefined && found.length === 0) next.set(key, known);
      }
      objects = next;
      apply(changes, indexes);
      for (const change of changes) emit(change, 'relist');
    },
  };
}

/** Deletes that happened while nobody watched; the last known state is all that is left to report. */
function absent<T extends KubeObject>(before: Map<string, T>, after: Map<string, T>): Change<T>[] {
  return [...before]
    .filter(([key]) => !after.has(key))
    .map(([, object]) => ({ type: 'deleted' as const, object }));
}

/** The same name with another uid is another object: the first was deleted unseen. */
function difference<T extends KubeObject>(previous: T | undefined, object: T): Change<T>[] {
  if (previous === undefined) return [{ type: 'added', object }];
  if (previous.metadata.uid !== object.metadata.uid) {
    return [
      { type: 'deleted', object: previous },
      { type: 'added', object },
    ];
  }
  if (previous.metadata.resourceVersion === object.metadata.resourceVersion) return [];
  return [{ type: 'updated', object, previous }];
}

function apply<T extends KubeObject>(
  changes: readonly Change<T>[],
  indexes: { add(object: T): void; remove(object: T): void },
): void {
  for (const change of changes) {
    if (change.type === 'updated') indexes.remove(change.previous);
    if (change.type === 'deleted') indexes.remove(change.object);
    else indexes.add(change.object);
  }
}
