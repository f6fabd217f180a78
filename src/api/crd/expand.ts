/** Writes references out: a CustomResourceDefinition may hold none. */
import { MonovirtError } from '../../support/errors.ts';
import { descriptions } from './descriptions.ts';
import type { Definitions, Schema } from './schema.ts';

/**
 * The schema of a type with every reference replaced by what it refers to, and our descriptions added.
 * @throws MonovirtError UnknownType, RecursiveType
 */
export function expand(definitions: Definitions, type: string, within: readonly string[] = []): Schema {
  const schema = definitions[type];
  if (!schema)
    throw new MonovirtError('UnknownType', `schema refers to type ${type}, which is not defined`, 'never');
  if (within.includes(type)) {
    const cycle = [...within, type].join(' → ');
    throw new MonovirtError(
      'RecursiveType',
      `a structural schema cannot express the cycle ${cycle}`,
      'never',
    );
  }
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]): [string, Schema] => {
    const description = descriptions[`${type}.${name}`];
    const expanded = resolve(definitions, property, [...within, type]);
    return [name, description === undefined ? expanded : { description, ...expanded }];
  });
  return { ...schema, ...(properties.length > 0 && { properties: Object.fromEntries(properties) }) };
}

function resolve(definitions: Definitions, schema: Schema, within: readonly string[]): Schema {
  const { $ref, ...beside } = schema;
  if ($ref !== undefined) return { ...expand(definitions, $ref, within), ...beside };
  return {
    ...schema,
    ...(schema.items && { items: resolve(definitions, schema.items, within) }),
    ...(schema.additionalProperties && {
      additionalProperties: resolve(definitions, schema.additionalProperties, within),
    }),
  };
}
