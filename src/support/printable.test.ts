import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine } from './printable.ts';

const rows: [name: string, got: string, want: string][] = [
  ['text as it is', printable('a\tb\nü'), 'a\tb\nü'],
  ['no sequences of a terminal', printable('\u001b[2J\u001b[31mred\u0007\u009b1m'), 'red1m'],
  ['no sequence that is made of the rest of another', printable('\u001b\u001b[2J[31mx'), '[31mx'],
  ['one line', printableLine('a\r\nb\n  c'), 'a b c'],
];
for (const [name, got, want] of rows) test(name, () => assert.equal(got, want));
