/** Every place that the schema of a kind knows. */
import type { Definitions, Schema } from '../../src/api/crd/schema.ts';

export interface Place {
  /** Keys from the root; 0 stands for a list's first item. */
  path: readonly (string | number)[];
  schema: Schema;
}

const deepest = 12;

/** Places below `spec`, each once; recursion in the schema ends at a depth no manifest reaches. */
export function placesOf(definitions: Definitions, kind: string): Place[] {
  const found: Place[] = [];
  const visit = (schema: Schema, path: Place['path']): void => {
    const known = schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {});
    found.push({ path, schema: known });
    if (path.length < deepest) for (const [key, child] of childrenOf(known)) visit(child, [...path, key]);
  };
  visit(definitions[kind]?.properties?.['spec'] ?? {}, ['spec']);
  return found;
}

function childrenOf({ properties = {}, items, additionalProperties }: Schema): [string | number, Schema][] {
  return [
    ...Object.entries(properties),
    ...(items === undefined ? [] : [[0, items] as [number, Schema]]),
    ...(additionalProperties === undefined ? [] : [['key', additionalProperties] as [string, Schema]]),
  ];
}
