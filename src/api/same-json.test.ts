import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameJson } from './same-json.ts';

const rows: { name: string; left: unknown; right: unknown; same: boolean }[] = [
  { name: 'scalars', left: 1, right: 1, same: true },
  { name: 'text and number', left: '1', right: 1, same: false },
  { name: 'order of fields', left: { a: 1, b: 2 }, right: { b: 2, a: 1 }, same: true },
  { name: 'order of items', left: [1, 2], right: [2, 1], same: false },
  { name: 'another field', left: { a: 1 }, right: { b: 1 }, same: false },
  { name: 'one field more', left: { a: 1 }, right: { a: 1, b: 1 }, same: false },
  { name: 'nested', left: { a: [{ b: null }] }, right: { a: [{ b: null }] }, same: true },
  { name: 'list and object', left: [], right: {}, same: false },
  { name: 'null and object', left: null, right: {}, same: false },
];
for (const { name, left, right, same } of rows) {
  test(name, () => assert.equal(sameJson(left, right), same));
}

test('deep nesting', () => {
  const nested = (): unknown => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  assert.equal(sameJson(nested(), nested()), true);
});
