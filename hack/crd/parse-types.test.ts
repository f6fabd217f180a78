import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { definitionsOf } from './definitions.ts';
import { fieldsOf, parseTypes } from './parse-types.ts';

const declare = (members: string): string =>
  [
    'interface V1Thing {',
    members,
    '}',
    'declare const V1ThingModeEnum: {',
    '    readonly A: "a";',
    '};',
  ].join('\n');

const member = (type: string): string => `    /**\n     * Words.\n     */\n    field?: ${type};`;

describe('parseTypes', () => {
  const rows: { type: string; want: object }[] = [
    { type: 'string', want: { kind: 'name', name: 'string' } },
    { type: 'V1Other', want: { kind: 'name', name: 'V1Other' } },
    { type: 'Array<V1Other>', want: { kind: 'array', item: 'V1Other' } },
    { type: '{\n        [key: string]: number;\n    }', want: { kind: 'map', value: 'number' } },
  ];
  for (const { type, want } of rows) {
    test(`reads ${type}`, () => {
      const [field] = fieldsOf(parseTypes(declare(member(type))), 'V1Thing');
      assert.deepEqual([field?.name, field?.optional, field?.type], ['field', true, want]);
    });
  }

  for (const type of ['string | number', 'Array<Array<string>>', '() => void', '{ a: string }']) {
    test(`refuses ${type}`, () => {
      assert.throws(() => fieldsOf(parseTypes(declare(member(type))), 'V1Thing'), /V1Thing/);
    });
  }

  test('reads enumerations', () => {
    assert.deepEqual(parseTypes(declare(member('string'))).enums.get('V1ThingModeEnum'), ['a']);
  });

  test('refuses what is never closed', () => {
    assert.throws(() => parseTypes('interface V1Thing {\n    a: string;'), /never closed/);
  });
});

test('definitionsOf refuses types that are not declared', () => {
  const table = parseTypes(declare(member('V1Missing')));
  assert.throws(() => definitionsOf(table, new Map([['V1Thing', 'Thing']])), /V1Missing is not declared/);
});
