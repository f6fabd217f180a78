/**
 * Compares an object with a schema. The API server does the same, but only after mutating webhooks have run:
 * they may rely on types no earlier than this has said yes.
 */
import { invalid, required, wrongType } from '../validate/cause.ts';
import type { Cause } from '../validate/cause.ts';
import type { Definitions, Schema } from './schema.ts';
import { isRecord } from '../../support/record.ts';

/** Enough to tell a user what is wrong. */
const mostCauses = 50;

/** What keeps `value` from being of `type`; empty when it conforms. Unknown fields are no concern. */
export function nonconformities(definitions: Definitions, type: string, value: unknown): Cause[] {
  return visit({ $ref: type }, value, '', definitions).slice(0, mostCauses);
}

function visit(schema: Schema, value: unknown, path: string, definitions: Definitions): Cause[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] || (value === null && schema.nullable)) return [];
  if (schema.$ref !== undefined) return visit(definitions[schema.$ref] ?? {}, value, path, definitions);
  const problem = scalarProblem(schema, value);
  if (problem !== undefined) return [wrongType(path, `${path} must be ${problem}`)];
  if (Array.isArray(value)) return visitList(schema, value, path, definitions);
  return isRecord(value) ? visitObject(schema, value, path, definitions) : [];
}

function visitList(
  { items = {}, maxItems = Infinity }: Schema,
  list: readonly unknown[],
  path: string,
  definitions: Definitions,
): Cause[] {
  // Not looked into: what reads conforming objects may rely on the bound.
  if (list.length > maxItems) return [invalid(path, `${path} must have at most ${maxItems} items`)];
  return list.flatMap((item, index) => visit(items, item, `${path}[${index}]`, definitions));
}

function visitObject(
  schema: Schema,
  value: Record<string, unknown>,
  path: string,
  definitions: Definitions,
): Cause[] {
  const prefix = path === '' ? '' : `${path}.`;
  const missing = (schema.required ?? [])
    .filter((name) => value[name] === undefined)
    .map((name) => required(`${prefix}${name}`, `${prefix}${name} is a required field`));
  const below = Object.entries(value).flatMap(([name, child]) => {
    const property =
      schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const expected = property ?? schema.additionalProperties;
    return expected === undefined || child === undefined
      ? []
      : visit(expected, child, `${prefix}${name}`, definitions);
  });
  return [...missing, ...below];
}

const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isSafeInteger,
  number: (value) => typeof value === 'number',
};

/** What the value should be and is not, its children aside. */
function scalarProblem(schema: Schema, value: unknown): string | undefined {
  if (schema['x-kubernetes-int-or-string']) return intOrStringProblem(schema, value);
  const test = tests[schema.type ?? ''];
  if (test && !test(value)) return `of type ${schema.type}`;
  if (typeof value === 'string' && schema.enum && !schema.enum.includes(value)) {
    return `one of: ${schema.enum.join(', ')}`;
  }
  return typeof value === 'number' ? rangeProblem(schema, value) : undefined;
}

function rangeProblem({ minimum, maximum }: Schema, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `${minimum} or more`;
  return maximum !== undefined && value > maximum ? `${maximum} or less` : undefined;
}

function intOrStringProblem(schema: Schema, value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return undefined;
  if (typeof value !== 'string') return 'an integer or a string';
  return schema.pattern === undefined || new RegExp(schema.pattern).test(value)
    ? undefined
    : 'a quantity, such as 512Mi';
}
