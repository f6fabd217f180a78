import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLines } from './lines.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(text: string, size: number, max?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunked(Buffer.from(text), size), max)) lines.push(line);
  return lines;
}

for (const size of [1, 2, 3, 5, 1000]) {
  test(`lines of multi-byte characters in chunks of ${size} bytes`, async () => {
    assert.deepEqual(await collect('äöü\n\n€uro 🚀\nend\n', size), ['äöü', '', '€uro 🚀', 'end']);
  });
}

test('an end inside a line is an error, after the whole lines', async () => {
  const lines: string[] = [];
  const read = async (): Promise<void> => {
    for await (const line of splitLines(chunked(Buffer.from('{"a":1}\n{"b"'), 4))) lines.push(line);
  };
  await assert.rejects(read(), { reason: 'ApiServerUnreachable' });
  assert.deepEqual(lines, ['{"a":1}']);
});

test('a line without end is bounded', async () => {
  await assert.rejects(collect('x'.repeat(100), 10, 50), { reason: 'ApiServerUnreachable' });
});
