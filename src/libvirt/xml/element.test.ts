import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonovirtError } from '../../support/errors.ts';
import { el, serialize } from './element.ts';

for (const { name, given, want } of [
  { name: 'no children', given: el('a', { b: 1, c: undefined }), want: '<a b="1"/>\n' },
  { name: 'text', given: el('a', {}, 'x < y & "z"'), want: '<a>x &#60; y &#38; &#34;z&#34;</a>\n' },
  { name: 'CDATA end', given: el('a', {}, ']]>'), want: '<a>]]&#62;</a>\n' },
  { name: 'white space kept', given: el('a', { b: 'x\n\ty\r' }), want: '<a b="x&#10;&#9;y&#13;"/>\n' },
  { name: 'beyond the basic plane', given: el('a', {}, '😀'), want: '<a>😀</a>\n' },
  { name: 'nesting', given: el('a', {}, el('b'), undefined, el('c')), want: '<a>\n  <b/>\n  <c/>\n</a>\n' },
]) {
  test(`writes ${name}`, () => assert.equal(serialize(given), want));
}

for (const { name, text } of [
  { name: 'NUL', text: 'a\0b' },
  { name: 'escape', text: '\u001b[2J' },
  { name: 'half a surrogate pair', text: 'a\ud800' },
  { name: 'a non-character', text: '\uffff' },
]) {
  test(`refuses ${name}`, () => {
    const refused = (error: unknown): boolean =>
      error instanceof MonovirtError && error.reason === 'InvalidCharacter' && error.retry === 'never';
    assert.throws(() => serialize(el('a', {}, text)), refused);
    assert.throws(() => serialize(el('a', { b: text })), refused);
  });
}
