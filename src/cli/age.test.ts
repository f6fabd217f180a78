import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age } from './age.ts';
import { table } from './table.ts';

const now = Date.parse('2026-01-10T00:00:00Z');
const before = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

const rows: { name: string; timestamp: string | undefined; want: string }[] = [
  { name: 'seconds', timestamp: before(45), want: '45s' },
  { name: 'seconds up to two minutes', timestamp: before(119), want: '119s' },
  { name: 'minutes with seconds below ten minutes', timestamp: before(190), want: '3m10s' },
  { name: 'whole minutes above', timestamp: before(15 * 60 + 5), want: '15m' },
  { name: 'hours with minutes', timestamp: before(2 * 3600 + 300), want: '2h5m' },
  { name: 'whole days', timestamp: before(12 * 86_400), want: '12d' },
  { name: 'a clock behind the server is no negative age', timestamp: before(-5), want: '0s' },
  { name: 'no timestamp', timestamp: undefined, want: '<unknown>' },
];

for (const row of rows) {
  test(`age: ${row.name}`, () => assert.equal(age(row.timestamp, now), row.want));
}

test('table: columns are as wide as their widest cell, and lines carry no trailing blanks', () => {
  assert.equal(
    table(
      ['NAME', 'X'],
      [
        ['a-long-name', 'y'],
        ['b', ''],
      ],
    ),
    'NAME          X\na-long-name   y\nb',
  );
});
