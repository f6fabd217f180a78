import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, filled } from './defined.ts';

test('defined drops what says nothing, and keeps what is off', () => {
  assert.deepEqual(defined({ a: undefined, b: null, c: '', d: false, e: 0, f: [], g: {} }), {
    d: false,
    e: 0,
    f: [],
    g: {},
  });
});

test('filled prefers what is stated', () => {
  const stated: { a?: string; b?: boolean; c?: number } = { a: '', b: false };
  assert.deepEqual(filled(stated, { a: 'x', b: true, c: 1 }), { a: 'x', b: false, c: 1 });
  assert.deepEqual(stated, { a: '', b: false });
});
