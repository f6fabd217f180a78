/** The OpenAPI documents of the aggregated API, which the API server puts together with its own. Pure. */
import { subresourcesVersions } from '../../api/constants.ts';
import type { Row } from '../route-row.ts';
import { bodiesOf, operationsOf, schemaName } from './operations.ts';
import type { Operation, Parameter } from './operations.ts';
import { jsonSchema } from './schema.ts';

type Json = Record<string, unknown>;

const title = 'Subresources of virtual machines';
const errors = { '400': 'Bad Request', '401': 'Unauthorized', '403': 'Forbidden', '404': 'Not Found' };

/** Swagger 2.0 of all versions. @param release our version. */
export function swagger(rows: readonly Row[], release: string): Json {
  const operations = subresourcesVersions.flatMap((version) => operationsOf(rows, version));
  return {
    swagger: '2.0',
    info: { title, version: release },
    paths: pathsOf(operations, v2Operation),
    definitions: bodiesOf(operations, ({ schema }) => jsonSchema(schema)),
  };
}

/** OpenAPI 3.0 of one version. @param release our version. */
export function openApi(rows: readonly Row[], version: string, release: string): Json {
  const operations = operationsOf(rows, version);
  return {
    openapi: '3.0.0',
    info: { title, version: release },
    paths: pathsOf(operations, v3Operation),
    components: { schemas: bodiesOf(operations, ({ schema }) => jsonSchema(schema)) },
  };
}

function pathsOf(operations: readonly Operation[], describe: (operation: Operation) => Json): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  return paths;
}

const common = ({ operationId, summary }: Operation): Json => ({
  operationId,
  description: summary,
  tags: ['subresources'],
});

function v2Operation(operation: Operation): Json {
  const { parameters, options, produces, answers } = operation;
  const body = options && {
    name: 'body',
    in: 'body',
    required: false,
    schema: { $ref: `#/definitions/${schemaName(options.name)}` },
  };
  return {
    ...common(operation),
    ...(produces !== undefined && { produces: [produces] }),
    ...(options !== undefined && { consumes: ['*/*'] }),
    parameters: [...parameters, ...(body === undefined ? [] : [body])],
    responses: responsesOf(answers, (description) => ({ description })),
  };
}

function v3Operation(operation: Operation): Json {
  const { parameters, options, produces, answers } = operation;
  const content = produces && {
    [produces]: {
      schema: produces === 'image/png' ? { type: 'string', format: 'binary' } : { type: 'object' },
    },
  };
  return {
    ...common(operation),
    parameters: parameters.map(v3Parameter),
    ...(options !== undefined && {
      requestBody: {
        required: false,
        content: { '*/*': { schema: { $ref: `#/components/schemas/${schemaName(options.name)}` } } },
      },
    }),
    responses: responsesOf(answers, (description, code) => ({
      description,
      ...(code === '200' && content && { content }),
    })),
  };
}

const v3Parameter = ({ type, ...parameter }: Parameter): Json => ({ ...parameter, schema: { type } });

const responsesOf = (
  answers: Operation['answers'],
  describe: (description: string, code: string) => Json,
): Json =>
  Object.fromEntries(
    Object.entries({ ...answers, ...errors }).map(([code, text]) => [code, describe(text, code)]),
  );
