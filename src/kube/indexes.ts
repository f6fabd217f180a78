/** Secondary look-ups: objects by a value derived from them. */
import { MonovirtError } from '../support/errors.ts';

export type IndexFunctions<T> = Record<string, (object: T) => readonly string[]>;

export interface Indexes<T> {
  add(object: T): void;
  remove(object: T): void;
  lookUp(index: string, value: string): readonly T[];
}

/** The functions must be pure: what they gave when an object came is asked again when it goes. */
export function createIndexes<T>(functions: IndexFunctions<T>): Indexes<T> {
  const indexes = new Map(
    Object.entries(functions).map(([name, valuesOf]) => [
      name,
      { valuesOf, entries: new Map<string, Set<T>>() },
    ]),
  );
  return {
    add(object) {
      for (const { valuesOf, entries } of indexes.values()) {
        for (const value of valuesOf(object)) addTo(entries, value, object);
      }
    },
    remove(object) {
      for (const { valuesOf, entries } of indexes.values()) {
        for (const value of valuesOf(object)) removeFrom(entries, value, object);
      }
    },
    lookUp(name, value) {
      const index = indexes.get(name);
      if (index === undefined) throw new MonovirtError('InternalError', `there is no index ${name}`, 'never');
      return [...(index.entries.get(value) ?? [])];
    },
  };
}

function addTo<T>(entries: Map<string, Set<T>>, value: string, object: T): void {
  const set = entries.get(value);
  if (set === undefined) entries.set(value, new Set([object]));
  else set.add(object);
}

function removeFrom<T>(entries: Map<string, Set<T>>, value: string, object: T): void {
  const set = entries.get(value);
  set?.delete(object);
  if (set?.size === 0) entries.delete(value);
}
