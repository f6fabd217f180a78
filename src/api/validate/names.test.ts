import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDnsSubdomain } from './names.ts';

describe('names of objects are those that Kubernetes has', () => {
  const rows: [text: string, is: boolean][] = [
    ['claim', true],
    ['vm-1.example.org', true],
    [`${'a'.repeat(70)}-root`, true],
    ['a'.repeat(253), true],
    ['a'.repeat(254), false],
    ['', false],
    ['a..b', false],
    ['-a', false],
    ['a-', false],
    ['A', false],
    ['../secret', false],
  ];
  for (const [text, is] of rows) test(`'${text.slice(0, 20)}'`, () => assert.equal(isDnsSubdomain(text), is));
});
