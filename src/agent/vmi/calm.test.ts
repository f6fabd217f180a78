import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../kube/testing/fake-clock.ts';
import { calm } from './calm.ts';

function setUp() {
  const clock = fakeClock();
  let done = 0;
  const paced = calm(() => (done += 1), { burst: 3, everyMs: 1000 }, clock);
  return { clock, paced, done: () => done };
}

test('a few changes pass at once', () => {
  const { paced, done } = setUp();
  for (let i = 0; i < 3; i += 1) paced.request();
  assert.equal(done(), 3);
});

test('a flood passes as one each while, and its last word is not lost', async () => {
  const { clock, paced, done } = setUp();
  for (let second = 0; second < 10; second += 1) {
    for (let i = 0; i < 1000; i += 1) paced.request();
    await clock.advance(1000);
  }
  assert.equal(done(), 13);
  await clock.advance(60_000);
  assert.equal(done(), 13);
});

test('quiet brings the burst back, and no more than that', async () => {
  const { clock, paced, done } = setUp();
  for (let i = 0; i < 4; i += 1) paced.request();
  await clock.advance(60_000);
  assert.equal(done(), 4);
  for (let i = 0; i < 5; i += 1) paced.request();
  assert.equal(done(), 7);
});

test('nothing is done after the end', async () => {
  const { clock, paced, done } = setUp();
  for (let i = 0; i < 4; i += 1) paced.request();
  paced.end();
  await clock.advance(60_000);
  assert.deepEqual([done(), clock.pending], [3, 0]);
});
