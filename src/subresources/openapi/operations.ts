/** What OpenAPI of either version says about a route. Pure. */
import { subresourcesGroup } from '../../api/constants.ts';
import { isStream, pathOf } from '../route-row.ts';
import type { ActionRow, Row } from '../route-row.ts';
import type { JsonSchema } from './schema.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  type: 'string' | 'boolean' | 'integer';
  required: boolean;
  description: string;
}

export interface Operation {
  /** With `{name}` parameters. */
  path: string;
  method: 'get' | 'put';
  operationId: string;
  summary: string;
  parameters: readonly Parameter[];
  options: ActionRow['options'];
  produces: string | undefined;
  /** Codes of answers that are no error, with what they mean. */
  answers: Readonly<Record<string, string>>;
}

const pathParameters: Readonly<Record<string, string>> = {
  namespace: 'Namespace of the object.',
  name: 'Name of the object.',
  port: 'Port of the guest.',
  protocol: 'tcp or udp.',
};

/** All operations of one version, in the order of the rows. */
export const operationsOf = (rows: readonly Row[], version: string): Operation[] =>
  rows.map((row) => {
    const path = pathOf(row, version);
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    return {
      path: path.replaceAll(/:(\w+)/g, '{$1}'),
      method: row.method === 'GET' ? 'get' : 'put',
      operationId: operationId(row, version),
      summary: row.summary,
      parameters: [
        ...names.map((name) => ({ ...parameter(name), description: pathParameters[name] ?? '' })),
        ...(row.query ?? []).map((query) => ({ ...query, in: 'query' as const, required: false })),
      ],
      options: isStream(row) ? undefined : row.options,
      produces: isStream(row) ? undefined : row.produces,
      answers: answersOf(row),
    };
  });

const parameter = (name: string) => ({ name, in: 'path', type: 'string', required: true }) as const;

function operationId({ resource, subresource = '', below = '' }: Row, version: string): string {
  const words = `${version}/${resource ?? 'cluster'}/${subresource}${below}`
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('');
}

function answersOf(row: Row): Record<string, string> {
  if (isStream(row)) return { '101': 'The connection carries bytes in binary messages from now on.' };
  return { '200': 'OK', ...(row.method === 'PUT' && { '202': 'Accepted' }) };
}

/** Prefix of the names of schemas, which all API servers of a cluster share. */
export const schemaName = (name: string): string =>
  `${subresourcesGroup.split('.').toReversed().join('.')}.${name}`;

/** Every body's schema by its name. */
export const bodiesOf = (
  operations: readonly Operation[],
  convert: (options: NonNullable<ActionRow['options']>) => JsonSchema,
): Record<string, JsonSchema> =>
  Object.fromEntries(
    operations.flatMap(({ options }) =>
      options === undefined ? [] : [[schemaName(options.name), convert(options)]],
    ),
  );
