/** Makes objects fit for the cache: without what nobody reads. */
import type { KubeObject } from '../api/types.ts';

export type Prepare<T> = (object: T) => T;

export function preparer<T extends KubeObject>(
  trim: ((object: T) => T) | undefined,
  freeze: boolean,
): Prepare<T> {
  return (object) => {
    delete (object.metadata as { managedFields?: unknown }).managedFields;
    const kept = trim === undefined ? object : trim(object);
    return freeze ? deepFreeze(kept) : kept;
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
