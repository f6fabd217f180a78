import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDelaySeconds } from './backoff.ts';

const delays = [
  { failures: 1, random: 0, want: 10 },
  { failures: 1, random: 0.999, want: 15 },
  { failures: 2, random: 0, want: 40 },
  { failures: 5, random: 0, want: 250 },
  { failures: 5, random: 0.999, want: 300 },
  { failures: 6, random: 0, want: 300 },
  { failures: 1000, random: 0.5, want: 300 },
];
for (const row of delays) {
  test(`back-off of ${row.failures} failures, random ${row.random}`, () =>
    assert.equal(startDelaySeconds(row.failures, row.random), row.want));
}
