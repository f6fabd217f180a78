/** Turns parsed types into the table of schemas that `src/api/gen` holds. */
import type { Schema } from '../../src/api/crd/schema.ts';
import {
  additions,
  embeddedMetadata,
  emptyAllowed,
  listKeys,
  listSets,
  missingTypes,
  optional,
  overrides,
  quantity,
  renames,
} from './corrections.ts';
import { fieldsOf } from './parse-types.ts';
import type { Field, FieldType, TypeTable } from './parse-types.ts';
import { refinements } from './refinements.ts';

const metadataType = 'K8sIoApimachineryPkgApisMetaV1ObjectMeta';

const primitives: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  number: { type: 'integer', format: 'int64' },
  object: { type: 'object' },
};

/** The name of a type as the table and the descriptions know it: `V1CPU` → `CPU`. */
export function shortName(type: string): string {
  return type
    .replace(/^K8sIoApiCoreV1/, 'core.')
    .replace(/^K8sIoApimachineryPkgApisMetaV1/, 'meta.')
    .replace(/^V1(?=[A-Z])/, '')
    .replace(/^V1(alpha1|beta1)/, '$1.');
}

/**
 * Schemas of the roots and of everything they refer to, sorted by name.
 * @param roots types of the package → kinds that they are the schema of
 * @throws Error for a type or correction that names nothing: a new version of the types needs a look
 */
export function definitionsOf(table: TypeTable, roots: ReadonlyMap<string, string>): Record<string, Schema> {
  const found = new Map<string, Schema>(missingTypes);
  const used = new Set<string>();
  const seen = new Set<string>();
  const queue = [...roots.keys()];
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    if (seen.has(type)) continue;
    seen.add(type);
    if (!table.interfaces.has(type)) throw new Error(`type ${type} is not declared`);
    const fields = fieldsOf(table, type);
    const name = roots.get(type) ?? shortName(type);
    if (found.has(name)) throw new Error(`two types are called ${name}`);
    found.set(name, objectSchema(name, fields, table, used));
    queue.push(...fields.flatMap((field) => referred(field.type, table)));
  }
  const stated = [
    ...overrides.keys(),
    ...Object.keys(listKeys),
    ...listSets,
    ...refinements.keys(),
    ...optional,
  ];
  const stale = stated.filter((key) => !used.has(key));
  if (stale.length > 0) throw new Error(`corrections name fields that do not exist: ${stale.join(', ')}`);
  return Object.fromEntries([...found].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function referred(type: FieldType, table: TypeTable): string[] {
  const name = nameIn(type);
  return name === metadataType || !table.interfaces.has(name) ? [] : [name];
}

function nameIn(type: FieldType): string {
  if (type.kind === 'name') return type.name;
  return type.kind === 'array' ? type.item : type.value;
}

function objectSchema(owner: string, fields: readonly Field[], table: TypeTable, used: Set<string>): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const field of fields) {
    const name = renames[field.name] ?? field.name;
    const key = `${owner}.${name}`;
    used.add(key);
    const derived = overrides.get(key) ?? withListType(key, fieldSchema(field, key, table));
    properties[name] = { ...derived, ...refinements.get(key) };
    if (!field.optional && !optional.has(key)) required.push(name);
  }
  addFields(owner, properties, required);
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

/** Adds, to both collections, the fields that the package lacks. */
function addFields(owner: string, properties: Record<string, Schema>, required: string[]): void {
  for (const [marked, schema] of Object.entries(additions[owner] ?? {})) {
    const name = marked.replace('!', '');
    if (properties[name]) throw new Error(`${owner}.${name} is declared by now: drop the addition`);
    properties[name] = schema;
    if (marked.endsWith('!')) required.push(name);
  }
}

function withListType(key: string, schema: Schema): Schema {
  const keys = listKeys[key];
  if (keys) return { ...schema, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
  return listSets.has(key) ? { ...schema, 'x-kubernetes-list-type': 'set' } : schema;
}

function fieldSchema(field: Field, key: string, table: TypeTable): Schema {
  const { type } = field;
  const inner = named(nameIn(type), field, key, table);
  if (type.kind === 'array') return { type: 'array', items: inner };
  return type.kind === 'map' ? { type: 'object', additionalProperties: inner } : inner;
}

function named(name: string, field: Field, key: string, table: TypeTable): Schema {
  if (name === metadataType) return embeddedMetadata;
  const values = table.enums.get(name);
  if (values) return { type: 'string', enum: emptyAllowed.has(key) ? ['', ...values] : values };
  if (table.interfaces.has(name)) return { $ref: shortName(name) };
  if (name === 'string') return stringSchema(field);
  const primitive = primitives[name];
  if (!primitive) throw new Error(`${key}: type ${name} is not declared`);
  return primitive;
}

function stringSchema(field: Field): Schema {
  const comment = field.comment.replace(/^[\s*]+/, '');
  if (comment.startsWith('Quantity is a fixed-point representation')) return quantity;
  if (comment.startsWith('Time is a wrapper') || /(?:Timestamp|Time)$/.test(field.name)) {
    return { type: 'string', format: 'date-time' };
  }
  return { type: 'string' };
}
