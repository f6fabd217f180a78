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
    test(`${name}: ${want}`, () => assert.equal(sharedRanges(smaps).length, want));
  }
  test('an anonymous mapping after a file’s does not count as the file’s', () => {
    const text = mapping('00400000-00800000 r-xp 00000000 fd:00 12 /n', 4);
    assert.deepEqual(sharedRanges(text + mapping('00900000-00d00000 rw-p 00000000 00:00 0', 0)), []);
  });
});

test('a process is smaller afterwards and still works', () => {
  const script = `
    import koffi from 'koffi';
    import { releaseSharedPages } from './resident.ts';
    const before = process.memoryUsage.rss();
    const advised = releaseSharedPages(koffi);
    console.log(JSON.stringify({ advised, saved: before - process.memoryUsage.rss(), works: [3, 1].toSorted() }));`;
  const run = ['--input-type=module-typescript', '-e', script];
  const said = JSON.parse(
    execFileSync(process.execPath, run, { cwd: import.meta.dirname, encoding: 'utf8' }),
  );
  assert.ok(said.advised > 50e6, `advised on ${said.advised}`);
  assert.ok(said.saved > 10e6, `saved ${said.saved}`);
  assert.deepEqual(said.works, [1, 3]);
});
