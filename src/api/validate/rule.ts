/** What every rule is written against. */
import type { ClusterConfig } from '../cluster-config.ts';
import type { VmiSpecManifest } from '../manifests.ts';
import type { Cause } from './cause.ts';

export interface SpecContext {
  /** A VMI spec with its defaults filled in. */
  readonly spec: VmiSpecManifest;
  /** Path of that spec in the object: `spec`, or `spec.template.spec` for a VM. */
  readonly path: string;
  readonly config: ClusterConfig;
}

/** One check. Pure, total (never throws on an object that matches the schema), and alone in what it looks at. */
export type Rule<Context = SpecContext> = (context: Context) => Cause[];

/** The causes of all rules at once, so that a user can mend everything in one go. */
export function check<Context>(rules: readonly Rule<Context>[], context: Context): Cause[] {
  return rules.flatMap((rule) => rule(context));
}

/** A cause for each item that `each` objects to. */
export function forEachItem<T>(
  items: readonly T[] | undefined,
  path: string,
  each: (item: T, path: string, index: number) => Cause[],
): Cause[] {
  return (items ?? []).flatMap((item, index) => each(item, `${path}[${index}]`, index));
}

/** The indexes of items whose key an earlier item already has, with the index of that first one. */
export function repeats<T>(
  items: readonly T[],
  key: (item: T) => unknown,
): { index: number; first: number }[] {
  const seen = new Map<unknown, number>();
  return items.flatMap((item, index) => {
    const value = key(item);
    const first = seen.get(value);
    if (value === undefined || first === undefined) {
      seen.set(value, index);
      return [];
    }
    return [{ index, first }];
  });
}

/** Items by their names, of which the first of two counts: lists are as long as their authors like. */
export function firstByName<T extends { name: string }>(
  items: readonly T[] | undefined,
): ReadonlyMap<string, T> {
  return new Map((items ?? []).toReversed().map((item) => [item.name, item]));
}
