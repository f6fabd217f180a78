import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LineSplitter } from './lines.ts';

const take = (lines: LineSplitter, ...chunks: string[]): string[] =>
  chunks.flatMap((chunk) => [...lines.push(Buffer.from(chunk))]);

describe('lines', () => {
  for (const { name, chunks, want, rest } of [
    { name: 'whole', chunks: ['a\nb\n'], want: ['a', 'b'], rest: '' },
    { name: 'cut anywhere', chunks: ['a', 'b\nc', '', '\nd'], want: ['ab', 'c'], rest: 'd' },
    { name: 'in pieces', chunks: ['a', 'b\nc', '\n'], want: ['ab', 'c'], rest: '' },
    { name: 'empty', chunks: ['\n\n'], want: ['', ''], rest: '' },
    { name: 'many in one', chunks: ['a\n\nb\n'], want: ['a', '', 'b'], rest: '' },
    { name: 'without end', chunks: ['abc'], want: [], rest: 'abc' },
    { name: 'as long as allowed', chunks: ['12345678\n'], want: ['12345678'], rest: '' },
  ]) {
    test(name, () => {
      const lines = new LineSplitter(8);
      assert.deepEqual(take(lines, ...chunks), want);
      assert.deepEqual(take(lines, '\n'), [rest], 'what was left');
    });
  }

  test('longer than allowed, over several chunks', () => {
    const lines = new LineSplitter(8);
    take(lines, '12345');
    assert.throws(() => take(lines, '6789'), { reason: 'LineTooLong' });
  });

  test('the first leaves what follows untouched', () => {
    const lines = new LineSplitter(10);
    assert.equal(lines.first(Buffer.from('he')), undefined);
    const first = lines.first(Buffer.from('llo\nraw\n'));
    assert.deepEqual([first?.line, first?.rest.toString()], ['hello', 'raw\n']);
  });
});
