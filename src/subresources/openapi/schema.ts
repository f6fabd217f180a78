/** The schemas that request bodies are checked against, as JSON schemas. Pure. */
import type { GenericSchema } from 'valibot';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is looked at of a schema of valibot: its kind, and what it is made of. */
interface Shape {
  type: string;
  entries?: Readonly<Record<string, Shape>>;
  wrapped?: Shape;
  item?: Shape;
  value?: Shape;
  literal?: unknown;
  options?: readonly unknown[];
  pipe?: readonly { type: string }[];
}

/**
 * Says in OpenAPI what a body may be.
 * @throws RangeError for a kind of schema that no body had so far.
 */
export const jsonSchema = (schema: GenericSchema): JsonSchema => convert(schema);

const converters: Readonly<Record<string, (shape: Shape) => JsonSchema>> = {
  object: ({ entries = {} }) => ({
    type: 'object',
    properties: Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, convert(entry)])),
  }),
  // Any object: what it may hold is said elsewhere.
  loose_object: () => ({ type: 'object' }),
  record: ({ value }) => ({
    type: 'object',
    ...(value === undefined || value.type === 'unknown' ? {} : { additionalProperties: convert(value) }),
  }),
  array: ({ item }) => ({ type: 'array', items: item === undefined ? {} : convert(item) }),
  optional: inner,
  nullable: inner,
  string: () => ({ type: 'string' }),
  boolean: () => ({ type: 'boolean' }),
  number: ({ pipe = [] }) =>
    pipe.some(({ type }) => type === 'integer')
      ? { type: 'integer', format: 'int64' }
      : { type: 'number', format: 'double' },
  literal: () => ({ type: 'string' }),
  picklist: ({ options = [] }) => ({ type: 'string', enum: options }),
};

/** Kubernetes' own documents do not say that something may be left out or null. */
function inner({ wrapped }: Shape): JsonSchema {
  return wrapped === undefined ? {} : convert(wrapped);
}

function convert(shape: Shape): JsonSchema {
  const converter = converters[shape.type];
  if (converter === undefined) throw new RangeError(`no JSON schema is known for ${shape.type}`);
  return converter(shape);
}
