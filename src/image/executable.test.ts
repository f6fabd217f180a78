import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { MonovirtError } from '../support/errors.ts';
import { buildExecutable } from './executable.ts';
import { runTool } from './tool.ts';

const root = mkdtempSync(join(tmpdir(), 'monovirt-executable-'));
after(() => rmSync(root, { recursive: true }));

test('a missing entry point is named before anything is built', async () => {
  mkdirSync(join(root, 'src/cli'), { recursive: true });
  writeFileSync(join(root, 'src/cli/main.ts'), '');
  await assert.rejects(buildExecutable({ root, out: join(root, 'out') }), (error: MonovirtError) => {
    assert.equal(error.reason, 'EntryMissing');
    assert.match(error.message, /src\/roles\/launcher\.ts/);
    assert.doesNotMatch(error.message, /src\/cli\/main\.ts/);
    return true;
  });
});

test('a program that is not installed is named with its package', async () => {
  await assert.rejects(runTool('no-such-program', []), (error: MonovirtError) => {
    assert.equal(error.reason, 'ToolFailed');
    assert.match(error.message, /install the Debian package no-such-program/);
    return true;
  });
});

test('a program that fails is quoted', async () => {
  await assert.rejects(runTool('sh', ['-c', 'echo it broke >&2; exit 3']), /sh failed: it broke$/);
});
