import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { sharedRanges } from './resident.ts';

const mapping = (line: string, anonymous: number): string =>
  `${line}\nSize: 4096 kB\nRss: 2048 kB\nAnonymous:      ${anonymous} kB\nTHPeligible: 0\n`;

describe('sharedRanges', () => {
  for (const { name, smaps, want } of [
    {
      name: 'clean text of a file',
      smaps: mapping('00400000-00800000 r-xp 00000000 fd:00 12 /n', 0),
      want: 1,
    },
    {
      name: 'a file with a modified page',
      smaps: mapping('00400000-00800000 r--p 00000000 fd:00 12 /n', 4),
      want: 0,
    },
    { name: 'memory without a file', smaps: mapping('00400000-00800000 rw-p 00000000 00:00 0', 0), want: 0 },
    { name: 'a small mapping', smaps: mapping('00400000-00480000 r-xp 00000000 fd:00 12 /n', 0), want: 0 },
    { name: 'shared memory', smaps: mapping('00400000-00800000 rw-s 00000000 fd:00 12 /n', 0), want: 0 },
  ]) {
    test(`${name}: ${want}`, () => assert.equal(sharedRanges(Buffer.from(smaps)).length, want));
  }
  test('an anonymous mapping after a file’s does not count as the file’s', () => {
    const text = mapping('00400000-00800000 r-xp 00000000 fd:00 12 /n', 4);
    const next = mapping('00900000-00d00000 rw-p 00000000 00:00 0', 0);
    assert.deepEqual(sharedRanges(Buffer.from(text + next)), []);
  });
});

test('sharedRanges finds mappings in any place, with their addresses', () => {
  const clean = (start: string, end: string) => mapping(`${start}-${end} r--p 00000000 fd:00 12 /n`, 0);
  const text =
    clean('00400000', '00800000') +
    mapping('00900000-00d00000 rw-p 0 00:00 0', 8) +
    clean('1000000', '1400000');
  assert.deepEqual(sharedRanges(Buffer.from(text)), [
    { start: 0x400000n, length: 0x400000n },
    { start: 0x1000000n, length: 0x400000n },
  ]);
});

test('a process is smaller afterwards and still works', () => {
  const script = `
    import koffi from 'koffi';
    import { giveBackMemory } from './resident.ts';
    let garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    garbage = undefined;
    const [before, heapBefore] = [process.memoryUsage.rss(), process.memoryUsage().heapTotal];
    const advised = giveBackMemory(koffi);
    const heap = heapBefore - process.memoryUsage().heapTotal;
    const saved = before - process.memoryUsage.rss();
    console.log(JSON.stringify({ advised, saved, heap, works: [3, 1].toSorted() }));`;
  const run = ['--input-type=module-typescript', '-e', script];
  const said = JSON.parse(
    execFileSync(process.execPath, run, { cwd: import.meta.dirname, encoding: 'utf8' }),
  );
  assert.ok(said.advised > 50e6, `advised on ${said.advised}`);
  assert.ok(said.saved > 10e6, `saved ${said.saved}`);
  assert.ok(said.heap > 2e6, `the heap shrank by ${said.heap}`);
  assert.deepEqual(said.works, [1, 3]);
});
