import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberCreated } from './created.ts';
import type { Created } from './created.ts';

const rows: { name: string; after: (created: Created, pass: (ms: number) => void) => void; want: number }[] =
  [
    { name: 'nothing was created', after: () => undefined, want: 0 },
    { name: 'created and not seen', after: (created) => created.add('vm', 'vmi'), want: 5000 },
    {
      name: 'created and seen',
      after: (created) => {
        created.add('vm', 'vmi');
        created.seen('vmi');
      },
      want: 0,
    },
    {
      name: 'another object was seen',
      after: (created, pass) => {
        created.add('vm', 'vmi');
        created.seen('other');
        pass(1000);
      },
      want: 4000,
    },
    {
      name: 'the successor of a seen object is missing again',
      after: (created) => {
        created.add('vm', 'vmi');
        created.add('vm', 'next');
        created.seen('vmi');
      },
      want: 5000,
    },
    {
      name: 'never seen',
      after: (created, pass) => {
        created.add('vm', 'vmi');
        pass(5001);
        created.add('other', 'object');
      },
      want: 0,
    },
  ];

for (const row of rows) {
  test(row.name, () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const created = rememberCreated(() => new Date(time));
    row.after(created, (ms) => {
      time += ms;
    });
    assert.equal(created.missingForMs('vm'), row.want);
  });
}
