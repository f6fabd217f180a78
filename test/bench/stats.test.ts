import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownTable, spread } from './stats.ts';

test('the spread of values in any order', () => {
  assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, p95: 3, max: 3, count: 3 });
});

test('no values are no figure', () => {
  assert.throws(() => spread([]), RangeError);
});

test('a table has a rule below its header', () => {
  assert.equal(markdownTable(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | --- |\n| 1 | 2 |');
});
