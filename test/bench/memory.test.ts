import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSmaps, total } from './memory.ts';

const block = (pid: number, command: string, kib: number): string =>
  `== ${pid} ${command}\n00400000-7ffd r--p [rollup]\nRss: ${kib} kB\nPss: ${kib / 2} kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\n`;

test('smaps of several processes, without those that ended', () => {
  const found = parseSmaps(`${block(7, 'monovirt --role launcher ', 100)}== 8 gone\n${block(9, 'qemu', 40)}`);
  assert.deepEqual(
    found.map(({ pid, command }) => [pid, command]),
    [
      [7, 'monovirt --role launcher'],
      [9, 'qemu'],
    ],
  );
  assert.deepEqual(total(found), { rss: 140 * 1024, pss: 70 * 1024, private: 6 * 1024 });
});
