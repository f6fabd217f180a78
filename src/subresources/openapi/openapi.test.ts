import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { restartOptions } from '../options.ts';
import { rows } from '../rows/all.ts';
import { world } from '../testing/world.ts';
import { openApi, swagger } from './documents.ts';
import { jsonSchema } from './schema.ts';

type Operation = {
  operationId: string;
  parameters: { name: string; in: string }[];
  responses: Record<string, unknown>;
};
type Paths = Record<string, Record<string, Operation>>;

const documents = [
  ['Swagger 2.0', swagger(rows, 'v1.2.3'), 2],
  ['OpenAPI 3.0', openApi(rows, 'v1', 'v1.2.3'), 1],
] as const;

for (const [name, document, versions] of documents) {
  const paths = document['paths'] as Paths;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );

  test(`${name} has every route`, () => assert.equal(operations.length, rows.length * versions));

  test(`${name} names each operation but once`, () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.includes('v1VirtualmachineinstancesVncScreenshot'), ids.join());
  });

  test(`${name} explains every parameter of a path`, () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const explained = operation.parameters.filter((parameter) => parameter.in === 'path');
      assert.deepEqual(
        explained.map((parameter) => parameter.name),
        inPath,
      );
      assert.ok(Object.keys(operation.responses).length > 0);
    }
  });

  test(`${name} refers only to what it holds`, () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, reference = '']) => reference);
    assert.ok(references.length > 10);
    for (const reference of references) {
      const found = reference
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
      assert.ok(found, reference);
    }
  });
}

test('a schema of ours in the words of JSON', () => {
  assert.deepEqual(jsonSchema(restartOptions), {
    type: 'object',
    properties: {
      gracePeriodSeconds: { type: 'integer', format: 'int64' },
      dryRun: { type: 'array', items: { type: 'string' } },
    },
  });
  assert.throws(() => jsonSchema(v.date()), RangeError);
});

test('a document that has not changed is not sent again', async () => {
  const { ask, deps } = world({ allowed: false });
  const first = await ask('GET', '/openapi/v2');
  const etag = first.headers?.['etag'] ?? '';
  assert.match(String(first.body), /"swagger":"2.0"/);
  assert.match(etag, /^"[0-9a-f]{32}"$/);
  const index = await ask('GET', '/openapi/v3');
  const { paths } = JSON.parse(String(index.body)) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  assert.deepEqual(Object.keys(paths), [
    'apis/subresources.kubevirt.io/v1',
    'apis/subresources.kubevirt.io/v1alpha3',
  ]);
  for (const { serverRelativeURL } of Object.values(paths)) {
    const { body } = await ask('GET', serverRelativeURL);
    assert.match(String(body), new RegExp(`"version":"${deps.version}"`));
  }
  const again = await ask('GET', '/openapi/v2', undefined, { 'if-none-match': etag });
  assert.equal(again.status, 304);
});
