import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from './informer-step.ts';
import { nextStep } from './informer-step.ts';
import { ApiError, TransportError } from './types.ts';

const closed = (over: Partial<Outcome> = {}): Outcome => ({
  events: 0,
  durationMs: 300_000,
  quickCloses: 0,
  ...over,
});
const failed = (error: unknown): Outcome => closed({ error });
const tooLarge = { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } };

const rows = [
  { name: 'close at the agreed time → resume at once', given: closed(), want: 'Closed, no wait' },
  {
    name: 'quick close after events → resume, but not in a hot loop',
    given: closed({ durationMs: 10, events: 1 }),
    want: 'Closed',
  },
  { name: 'first quick close → resume', given: closed({ durationMs: 10 }), want: 'ClosedAtOnce' },
  {
    name: 'third quick close in a row → list',
    given: closed({ durationMs: 10, quickCloses: 2 }),
    want: 'VersionDead, relist',
  },
  { name: '410 → list', given: failed(new ApiError(410, 'Expired', 'x')), want: 'Expired, relist' },
  {
    name: '404 (the kind is gone) → list',
    given: failed(new ApiError(404, 'NotFound', 'x')),
    want: 'Gone, relist',
  },
  {
    name: '504 with cause → list',
    given: failed(new ApiError(504, 'Timeout', 'x', tooLarge)),
    want: 'VersionTooLarge, relist',
  },
  {
    name: '504 of a gateway → resume',
    given: failed(new ApiError(504, 'Timeout', 'gateway')),
    want: 'Broken',
  },
  {
    name: '429 → resume',
    given: failed(new ApiError(429, 'X', 'x', { retryAfterSeconds: 7 })),
    want: 'Throttled, after 7 s',
  },
  {
    name: '503 → resume',
    given: failed(new ApiError(503, 'X', 'x', { retryAfterSeconds: 2 })),
    want: 'Throttled, after 2 s',
  },
  { name: '500 → resume', given: failed(new ApiError(500, 'X', 'x')), want: 'Broken' },
  { name: 'network → resume', given: failed(new TransportError('x', undefined)), want: 'Broken' },
];

for (const { name, given, want } of rows) {
  test(name, () => {
    const step = nextStep(given);
    const seen = [
      step.reason,
      ...(step.relist ? ['relist'] : []),
      ...(step.wait ? [] : ['no wait']),
      ...(step.retryAfterSeconds === undefined ? [] : [`after ${step.retryAfterSeconds} s`]),
    ];
    assert.equal(seen.join(', '), want);
  });
}
