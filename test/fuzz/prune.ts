/** What the API server does to a custom resource before anybody else sees it: fields that no schema knows go. */
import type { Definitions, Schema } from '../../src/api/crd/schema.ts';

export function pruned(definitions: Definitions, kind: string, object: object): object {
  const { metadata, ...rest } = object as { metadata?: object };
  return { ...(prune(definitions, { $ref: kind }, rest) as object), metadata };
}

function prune(definitions: Definitions, schema: Schema, value: unknown): unknown {
  const known = schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {});
  if (known['x-kubernetes-preserve-unknown-fields'] === true) return value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => prune(definitions, known.items ?? {}, item));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
      const own = Object.hasOwn(known.properties ?? {}, name) ? known.properties?.[name] : undefined;
      const below = own ?? known.additionalProperties;
      return below === undefined ? [] : [[name, prune(definitions, below, child)]];
    }),
  );
}
