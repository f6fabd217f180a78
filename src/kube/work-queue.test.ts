import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { fakeClock } from './testing/fake-clock.ts';
import type { FakeClock } from './testing/fake-clock.ts';
import { ApiError } from './types.ts';
import type { Key } from './types.ts';
import { createWorkQueue } from './work-queue.ts';
import type { Reconcile } from './work-queue.ts';

const key = (name: string): Key => ({ namespace: 'ns', name });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Setup {
  queue: ReturnType<typeof createWorkQueue>;
  clock: FakeClock;
  logs: string[];
  start: (reconcile: Reconcile, workers?: number) => void;
  stop: () => Promise<void>;
}

function setup(): Setup {
  const clock = fakeClock();
  const logs: string[] = [];
  const logger = {
    warn: (message: string) => void logs.push(`warn ${message}`),
    error: (message: string) => void logs.push(`error ${message}`),
  } as unknown as Logger;
  const queue = createWorkQueue({ name: 'test', clock, logger });
  const controller = new AbortController();
  let done = Promise.resolve();
  return {
    queue,
    clock,
    logs,
    start: (reconcile, workers = 1) => {
      done = queue.run(reconcile, { workers }, controller.signal);
    },
    stop: async () => {
      controller.abort();
      await done;
    },
  };
}

describe('work queue', () => {
  test('a key added many times is reconciled once', async () => {
    const { queue, start, stop } = setup();
    const seen: string[] = [];
    for (let i = 0; i < 5; i += 1) queue.add(key('a'));
    assert.equal(queue.depth, 1);
    start(async ({ name }) => (seen.push(name), {}));
    await settle();
    assert.deepEqual(seen, ['a']);
    await stop();
  });

  test('a key dirtied while running runs exactly once more, never beside itself', async () => {
    const { queue, start, stop } = setup();
    const gates: (() => void)[] = [];
    let running = 0;
    let most = 0;
    start(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => gates.push(resolve));
      running -= 1;
      return {};
    }, 4);
    queue.add(key('a'));
    await settle();
    for (let i = 0; i < 3; i += 1) queue.add(key('a'));
    await settle();
    assert.equal(gates.length, 1);
    gates[0]!();
    await settle();
    assert.equal(gates.length, 2);
    gates[1]!();
    await settle();
    assert.deepEqual([gates.length, most], [2, 1]);
    await stop();
  });

  test('relisted keys wait for live ones, and a live change lifts a waiting relisted key', async () => {
    const { queue, start, stop } = setup();
    const seen: string[] = [];
    for (const name of ['r1', 'r2', 'r3']) queue.add(key(name), 'low');
    queue.add(key('live'));
    queue.add(key('r3'));
    queue.add(key('live'), 'low');
    start(async ({ name }) => (seen.push(name), {}));
    await settle();
    assert.deepEqual(seen, ['live', 'r3', 'r1', 'r2']);
    await stop();
  });

  test('reconcile never runs inside the caller of add', async () => {
    const { queue, start, stop } = setup();
    let ran = false;
    start(async () => ((ran = true), {}));
    queue.add(key('a'));
    assert.equal(ran, false);
    await settle();
    assert.equal(ran, true);
    await stop();
  });

  test('failures back off exponentially up to a bound, and success forgets them', async () => {
    const { queue, clock, start, stop } = setup();
    const at: number[] = [];
    let fails = 12;
    start(async () => {
      at.push(clock.now());
      fails -= 1;
      if (fails >= 0) throw new Error('no');
      return {};
    });
    queue.add(key('a'));
    await clock.advance(400_000);
    const pauses = at.slice(1).map((time, i) => time - at[i]!);
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
    fails = 1;
    at.length = 0;
    queue.add(key('a'));
    await clock.advance(1000);
    assert.deepEqual(at[1]! - at[0]!, 100);
    await stop();
  });

  const families = [
    {
      name: 'conflicts retry soon and silently',
      error: new ApiError(409, 'Conflict', 'x'),
      after: 20,
      logs: [],
      stats: { quiet: 1, failed: 0, gaveUp: 0 },
    },
    {
      name: 'bad objects are never retried, logged once',
      error: new MonovirtError('BadSpec', 'x', 'never'),
      after: undefined,
      logs: ['error reconcile failed for good'],
      stats: { quiet: 0, failed: 0, gaveUp: 1 },
    },
    {
      name: 'unknown errors back off with a log',
      error: new TypeError('x'),
      after: 100,
      logs: ['warn reconcile failed'],
      stats: { quiet: 0, failed: 1, gaveUp: 0 },
    },
    {
      name: 'a server that names a time gets it',
      error: new ApiError(429, 'TooManyRequests', 'x', { retryAfterSeconds: 3 }),
      after: 3100,
      logs: ['warn reconcile failed'],
      stats: { quiet: 0, failed: 1, gaveUp: 0 },
    },
  ];
  for (const { name, error, after, logs: wantLogs, stats } of families) {
    test(name, async () => {
      const { queue, clock, logs, start, stop } = setup();
      const at: number[] = [];
      start(async () => {
        at.push(clock.now());
        if (at.length === 1) throw error;
        return {};
      });
      queue.add(key('a'));
      await clock.advance(10_000);
      assert.deepEqual(at, after === undefined ? [0] : [0, after]);
      assert.deepEqual(logs, wantLogs);
      const { succeeded: _, ...failures } = queue.stats();
      assert.deepEqual(failures, stats);
      await stop();
    });
  }

  test('requeueAfterMs and addAfter come back in time; the earliest counts', async () => {
    const { queue, clock, start, stop } = setup();
    const at: number[] = [];
    start(async () => {
      at.push(clock.now());
      return at.length === 1 ? { requeueAfterMs: 5000 } : {};
    });
    queue.add(key('a'));
    await clock.advance(1);
    queue.addAfter(key('a'), 2000);
    queue.addAfter(key('a'), 10_000);
    await clock.advance(20_000);
    assert.deepEqual(at, [0, 2001]);
    await stop();
  });

  test('after an abort the running reconcile ends, nothing else starts, no timer is left', async () => {
    const { queue, clock, start, stop } = setup();
    let started = 0;
    start(async (_, signal) => {
      started += 1;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw new Error('aborted');
    });
    queue.add(key('a'));
    queue.add(key('b'));
    queue.addAfter(key('c'), 1000);
    await settle();
    await stop();
    assert.equal(clock.pending, 0);
    await clock.advance(100_000);
    assert.equal(started, 1);
  });
});
