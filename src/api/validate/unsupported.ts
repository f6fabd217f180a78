/**
 * Refuses what this release does not do. The table says what is honoured, so a field nobody has thought of is
 * refused and never silently ignored.
 */
import { notSupported } from './cause.ts';
import type { Cause } from './cause.ts';

/** Honoured fields below one another; `true` is a field that is honoured with all it contains. */
export interface Honoured {
  readonly [field: string]: true | Honoured;
}

/**
 * Makes the table of a list of paths: `disks[].disk.bus`, or `affinity.**` for a field with all it contains.
 */
export function honoured(paths: readonly string[]): Honoured {
  const root: Table = new Map();
  for (const path of paths) {
    const parts = path
      .replaceAll('[]', '')
      .replace(/\.\*\*$/, '')
      .split('.');
    let node = root;
    for (const part of parts) {
      const next: Table = node.get(part) ?? new Map();
      node.set(part, next);
      node = next;
    }
  }
  return settle(root);
}

type Table = Map<string, Table>;

/** A path that goes no further is honoured with all that is below it. */
function settle(table: Table): Honoured {
  return Object.fromEntries(
    [...table].map(([name, below]) => [name, below.size === 0 ? true : settle(below)]),
  );
}

export interface UnsupportedOptions {
  /** What to do instead, by path without indexes. */
  readonly remedies: Readonly<Record<string, string>>;
  /** Whether `{}` wishes for something: it does for devices, and does not for groups of settings. */
  readonly emptyMatters: boolean;
}

/** A cause for every topmost field that is set and not honoured. */
export function unsupported(
  value: unknown,
  path: string,
  known: Honoured,
  options: UnsupportedOptions,
): Cause[] {
  return walk(value, { field: path, key: '' }, known, options);
}

interface Place {
  /** Path as the user reads it. */
  field: string;
  /** The same below the root and without indexes, as the tables have it. */
  key: string;
}

function walk(
  value: unknown,
  place: Place,
  known: true | Honoured | undefined,
  options: UnsupportedOptions,
): Cause[] {
  if (known === true || !wishes(value, options)) return [];
  if (known === undefined) return [refusal(place, options)];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      walk(item, { field: `${place.field}[${index}]`, key: place.key }, known, options),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const below = { field: `${place.field}.${name}`, key: place.key === '' ? name : `${place.key}.${name}` };
    return walk(child, below, Object.hasOwn(known, name) ? known[name] : undefined, options);
  });
}

/** Whether a value asks for anything: what is off, empty or absent is the same as not written. */
function wishes(value: unknown, options: UnsupportedOptions): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? objectWishes(value, options) : value !== false;
}

function objectWishes(value: object | null, options: UnsupportedOptions): boolean {
  const [first, ...rest] = Object.entries(value ?? {});
  if (first === undefined) return options.emptyMatters;
  const switchedOff = first[0] === 'enabled' && first[1] === false;
  return !switchedOff || rest.length > 0;
}

function refusal({ field, key }: Place, options: UnsupportedOptions): Cause {
  const remedy = options.remedies[key];
  return notSupported(
    field,
    `${field} is not supported by this release of monovirt; ${remedy === undefined ? 'remove it' : remedy}`,
  );
}
