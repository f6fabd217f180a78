import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseEntry } from './entry.ts';
import type { MonovirtError } from './support/errors.ts';

describe('chooseEntry', () => {
  for (const { name, args, entry, rest } of [
    {
      name: 'a role with its flags',
      args: ['--role', 'launcher', '--name', 'v'],
      entry: 'launcher',
      rest: ['--name', 'v'],
    },
    { name: 'a human command', args: ['vm', 'list'], entry: 'cli', rest: ['vm', 'list'] },
    { name: 'no argument', args: [], entry: 'cli', rest: [] },
    {
      name: 'a role that is not first',
      args: ['vm', '--role', 'launcher'],
      entry: 'cli',
      rest: ['vm', '--role', 'launcher'],
    },
  ]) {
    test(name, () => assert.deepEqual(chooseEntry(args), { entry, rest }));
  }
  for (const args of [['--role'], ['--role', 'cli'], ['--role', 'toString']]) {
    test(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => chooseEntry(args),
        (error: MonovirtError) => error.reason === 'UnknownRole',
      );
    });
  }
});
