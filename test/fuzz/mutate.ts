/** Manifests changed field by field: wrong types, missing, extreme, doubled, huge, strange, contradictory. */
import type { Schema } from '../../src/api/crd/schema.ts';
import type { Random } from './random.ts';
import type { Place } from './schema-paths.ts';

type Path = readonly (string | number)[];
type Json = unknown;

const strange: readonly Json[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  65_536,
  2 ** 31,
  2 ** 53,
  Number.MAX_VALUE,
  '',
  ' ',
  'a',
  'root',
  'default',
  '-1',
  '0',
  '1e99',
  '1Gi',
  '1.5',
  '99999999999999999999Ei',
  'é\u0000\u{1F600}',
  '\u202Egnp.exe',
  "'; DROP TABLE",
  '<x/>&]]>',
  '%s%n',
  '../../etc',
  '/',
  '0000:00:00.0',
  '00:00:00:00:00:00',
  'A',
  '10.0.2.0/24',
  [],
  {},
  [null],
  [{}],
  [[]],
  [{ name: 'root' }],
  ['a', 'a'],
  { name: 'root' },
  { enabled: false },
  { enabled: true },
  { bus: 'virtio' },
  { a: { b: { c: [1] } } },
  { __proto__: null, constructor: 1 },
  { 'a/b~c': '' },
];

/** One round: a change or a few of a copy. `others` lend their values, which contradict what is there. */
export function mutated(
  object: object,
  places: readonly Place[],
  others: readonly object[],
  random: Random,
): object {
  const copy = structuredClone(object);
  const changes = random.next() < 0.6 ? 1 : 2 + random.below(3);
  for (let change = 0; change < changes; change += 1) changeOnce(copy, places, others, random);
  return copy;
}

function changeOnce(root: object, places: readonly Place[], others: readonly object[], random: Random): void {
  const present = pathsIn(root);
  const existing = random.next() < 0.6 && present.length > 0;
  const place = random.pick(places);
  const path = existing ? random.pick(present) : place.path;
  const roll = random.next();
  if (roll < 0.12) remove(root, path);
  else if (roll < 0.22) double(root, path);
  else if (roll < 0.42) write(root, path, valueAt(random.pick(others), path) ?? random.pick(strange));
  else if (roll < 0.47) write(root, path, huge(random));
  else if (roll < 0.75 && !existing) write(root, path, plausible(place.schema, random));
  else write(root, path, random.pick(strange));
}

function huge(random: Random): Json {
  return random.pick<() => Json>([
    () => 'x'.repeat(5_000),
    () => Array.from({ length: 300 }, (_, index) => ({ name: `n${index}` })),
    () => Array.from({ length: 300 }, () => 'same'),
    () => Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 'v'])),
  ])();
}

/** What the schema says may stand here: such changes are often accepted. */
function plausible(schema: Schema, random: Random): Json {
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema['x-kubernetes-int-or-string'] === true) return random.pick(['1Gi', '2', 3, '100m', '64Mi']);
  switch (schema.type) {
    case 'boolean':
      return random.next() < 0.5;
    case 'integer':
    case 'number':
      return random.pick([0, 1, 2, 4, 8]);
    case 'array':
      return schema.items === undefined ? [] : [plausible(schema.items, random)];
    case 'object':
      return plausibleObject(schema, random);
    default:
      return random.pick([
        'a',
        'root',
        'seed',
        'default',
        'virtio',
        'sata',
        'scsi',
        'usb',
        'none',
        'q35',
        '1Gi',
      ]);
  }
}

function plausibleObject(schema: Schema, random: Random): Json {
  const names = Object.keys(schema.properties ?? {});
  const chosen = new Set([
    ...(schema.required ?? []),
    ...names.filter(() => random.next() < 0.5 / Math.max(1, names.length / 2)),
  ]);
  return Object.fromEntries(
    [...chosen].map((name) => {
      const child = schema.properties?.[name] ?? {};
      return [name, child.$ref === undefined ? plausible(child, random) : {}];
    }),
  );
}

/** Paths of everything below `spec` and of labels and annotations. */
function pathsIn(root: object): Path[] {
  const found: Path[] = [];
  const visit = (value: Json, path: Path): void => {
    if (path.length > 0) found.push(path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (path.length === 0 && key !== 'spec' && key !== 'metadata') continue;
      visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(root, []);
  return found;
}

export function valueAt(root: Json, path: Path): Json {
  return path.reduce<Json>(
    (node, key) =>
      isBranch(node) && Object.hasOwn(node, key) ? (node as Record<string, Json>)[key] : undefined,
    root,
  );
}

const isBranch = (value: Json): value is object => typeof value === 'object' && value !== null;

function parentOf(root: object, path: Path, make: boolean): Record<string, Json> | undefined {
  let node: object = root;
  for (const [index, key] of path.slice(0, -1).entries()) {
    let child = (node as Record<string, Json>)[key];
    if (!isBranch(child)) {
      if (!make) return undefined;
      child = typeof path[index + 1] === 'number' ? [] : {};
      (node as Record<string, Json>)[key] = child;
    }
    node = child as object;
  }
  return node as Record<string, Json>;
}

function write(root: object, path: Path, value: Json): void {
  const parent = parentOf(root, path, true);
  const key = path.at(-1);
  if (parent !== undefined && key !== undefined) parent[key] = structuredClone(value);
}

function remove(root: object, path: Path): void {
  const parent = parentOf(root, path, false);
  const key = path.at(-1);
  if (Array.isArray(parent) && typeof key === 'number') parent.splice(key, 1);
  else if (parent !== undefined && key !== undefined) delete parent[key];
}

/** A list's item twice, or a list appended to itself. */
function double(root: object, path: Path): void {
  const parent = parentOf(root, path, false);
  const value = valueAt(root, path);
  if (Array.isArray(parent)) parent.push(structuredClone(value));
  else if (Array.isArray(value)) value.push(...(structuredClone(value) as Json[]));
}
