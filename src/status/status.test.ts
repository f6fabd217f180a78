import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCondition, withoutCondition } from './conditions.ts';
import { mergePatch } from './merge-patch.ts';

const patches = [
  { name: 'equal', before: { a: 1, b: { c: [1] } }, after: { b: { c: [1] }, a: 1 }, want: undefined },
  { name: 'changed and added', before: { a: 1 }, after: { a: 2, b: 'x' }, want: { a: 2, b: 'x' } },
  { name: 'removed', before: { a: 1, b: 2 }, after: { b: 2 }, want: { a: null } },
  { name: 'undefined counts as absent', before: {}, after: { a: undefined }, want: undefined },
  { name: 'nested', before: { m: { a: 1, b: 2 } }, after: { m: { b: 3 } }, want: { m: { a: null, b: 3 } } },
  { name: 'lists whole', before: { l: [1, 2] }, after: { l: [1] }, want: { l: [1] } },
  { name: 'list of another type', before: { l: { a: 1 } }, after: { l: [1] }, want: { l: [1] } },
];
for (const row of patches) {
  test(`merge patch: ${row.name}`, () => assert.deepEqual(mergePatch(row.before, row.after), row.want));
}

const first = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-01T01:00:00.500Z');

test('a condition keeps its transition time until its status changes', () => {
  const before = withCondition([], { type: 'Ready', status: 'False', reason: 'A' }, first);
  const same = withCondition(before, { type: 'Ready', status: 'False', reason: 'B' }, later);
  assert.equal(same[0]?.lastTransitionTime, '2026-01-01T00:00:00Z');
  assert.equal(same[0]?.reason, 'B');
  const changed = withCondition(same, { type: 'Ready', status: 'True' }, later);
  assert.deepEqual(changed, [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T01:00:00Z' }]);
  assert.deepEqual(withoutCondition(changed, 'Ready'), []);
});

test('a condition that was stored, which drops null, needs no second write', () => {
  const wanted = { type: 'Ready', status: 'False' as const, reason: 'A' };
  const conditions = withCondition([], wanted, first);
  const stored = JSON.parse(JSON.stringify(conditions), (_key, value: unknown) => value ?? undefined);
  assert.equal(
    mergePatch({ conditions: stored }, { conditions: withCondition(stored, wanted, later) }),
    undefined,
  );
});
