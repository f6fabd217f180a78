import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackoff, outageBackoff } from './backoff.ts';
import { fakeClock } from './testing/fake-clock.ts';

test('delays double from 0.8 to 30 s', () => {
  const backoff = createBackoff(fakeClock());
  const delays = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(delays, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('jitter spreads over the whole interval', () => {
  assert.equal(createBackoff(fakeClock(0)).next(), 0);
  assert.equal(createBackoff(fakeClock(0.5)).next(), 400);
});

test('the server may ask for more, never get less', () => {
  assert.equal(createBackoff(fakeClock(0)).next(5), 5000);
});

test('delays start small again only after a stable minute', async () => {
  const clock = fakeClock();
  const backoff = createBackoff(clock);
  backoff.next();
  await clock.advance(800 + 59_999);
  assert.equal(backoff.next(), 1600);
  await clock.advance(1600 + 60_000);
  assert.equal(backoff.next(), 800);
});

test('while nobody answers, attempts stay within four seconds', () => {
  const backoff = createBackoff(fakeClock(), outageBackoff);
  const delays = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(delays, [800, 1600, 3200, 4000, 4000, 4000, 4000, 4000]);
});
