import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../api/types.ts';
import { createEventRecorder } from './events.ts';
import type { EventRecorderOptions } from './events.ts';
import { fakeClock } from './testing/fake-clock.ts';
import type { FakeClock } from './testing/fake-clock.ts';
import { object } from './testing/objects.ts';
import { ApiError } from './types.ts';
import type { EventRecorder, KubeClient } from './types.ts';

interface SentEvent {
  message: string;
  count: number;
  metadata: { name: string; namespace: string };
  [key: string]: unknown;
}

interface Setup {
  recorder: EventRecorder & { readonly dropped: number };
  clock: FakeClock;
  created: SentEvent[];
  patched: unknown[];
  /** Errors that the next requests get. */
  errors: Error[];
  stop: () => void;
}

function setup(options: Partial<EventRecorderOptions> = {}): Setup {
  const clock = fakeClock(0.5);
  const created: SentEvent[] = [];
  const patched: unknown[] = [];
  const errors: Error[] = [];
  const failOnce = (): void => {
    const error = errors.shift();
    if (error !== undefined) throw error;
  };
  const client = {
    async create(_: unknown, event: SentEvent) {
      failOnce();
      created.push(JSON.parse(JSON.stringify(event)) as SentEvent);
      return event;
    },
    async patch(_: unknown, key: { name: string }, patch: { body: object }) {
      failOnce();
      patched.push({ name: key.name, ...patch.body });
    },
  } as unknown as KubeClient;
  const controller = new AbortController();
  const recorder = createEventRecorder(
    client,
    { component: 'tester', host: 'node1', clock, ...options },
    controller.signal,
  );
  return { recorder, clock, created, patched, errors, stop: () => controller.abort() };
}

const vm: KubeObject = { ...object('vm'), apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' };

describe('event recorder', () => {
  test('an event names its object and source', async () => {
    const { recorder, created } = setup();
    recorder.record(vm, 'Normal', 'Started', 'it started');
    await recorder.flush();
    const { metadata, ...rest } = created[0]!;
    assert.equal(metadata.namespace, 'default');
    assert.match(metadata.name, /^vm\.[0-9a-f]+$/);
    assert.deepEqual(rest, {
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        namespace: 'default',
        name: 'vm',
        uid: 'uid-vm',
        resourceVersion: '1',
      },
      type: 'Normal',
      reason: 'Started',
      message: 'it started',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'tester', host: 'node1' },
      reportingComponent: 'tester',
      reportingInstance: 'node1',
    });
  });

  test('repeats raise the count of the first', async () => {
    const { recorder, clock, created, patched } = setup();
    recorder.record(vm, 'Warning', 'Failed', 'no');
    await recorder.flush();
    await clock.advance(5000);
    recorder.record(vm, 'Warning', 'Failed', 'no');
    recorder.record(vm, 'Warning', 'Failed', 'no');
    await recorder.flush();
    assert.equal(created.length, 1);
    assert.deepEqual(patched, [
      { name: created[0]!.metadata.name, count: 3, lastTimestamp: '2026-01-01T00:00:05Z' },
    ]);
  });

  test('a repeat of an event that has expired becomes a new event', async () => {
    const { recorder, clock, created, errors } = setup();
    recorder.record(vm, 'Warning', 'Failed', 'no');
    await recorder.flush();
    errors.push(new ApiError(404, 'NotFound', 'gone'));
    recorder.record(vm, 'Warning', 'Failed', 'no');
    await clock.advance(1000);
    await recorder.flush();
    assert.deepEqual(
      created.map(({ count }) => count),
      [1, 2],
    );
  });

  test('an event that cannot be sent is tried three times, then forgotten', async () => {
    const { recorder, clock, created, errors } = setup();
    for (let i = 0; i < 3; i += 1) errors.push(new Error('down'));
    recorder.record(vm, 'Normal', 'First', 'x');
    recorder.record(vm, 'Normal', 'Second', 'x');
    await clock.advance(10_000);
    await recorder.flush();
    assert.deepEqual(
      created.map(({ reason }) => reason),
      ['Second'],
    );
    assert.equal(clock.pending, 0);
  });

  test('one object cannot flood: 25 at once, then one a minute', async () => {
    const { recorder, clock, created } = setup();
    for (let i = 0; i < 40; i += 1) recorder.record(vm, 'Normal', 'Tick', `${i}`);
    recorder.record(object('other'), 'Normal', 'Tick', 'x');
    await recorder.flush();
    assert.deepEqual([created.length, recorder.dropped], [26, 15]);
    await clock.advance(60_000);
    recorder.record(vm, 'Normal', 'Tick', 'later');
    await recorder.flush();
    assert.equal(created.length, 27);
  });

  test('the queue is bounded', async () => {
    const { recorder, created } = setup({ maxQueued: 3 });
    for (let i = 0; i < 10; i += 1) recorder.record(object(`vm${i}`), 'Normal', 'Tick', 'x');
    await recorder.flush();
    assert.deepEqual([created.length, recorder.dropped], [3, 7]);
  });

  test('messages are cut to 1024 characters, names to what the API takes', async () => {
    const { recorder, created } = setup();
    recorder.record(object(`${'n'.repeat(229)}.${'x'.repeat(20)}`), 'Normal', 'Long', '🚀'.repeat(2000));
    await recorder.flush();
    const [event] = created;
    assert.equal(event!.message.length, 1023);
    assert.ok(event!.message.isWellFormed());
    assert.ok(event!.metadata.name.length <= 253);
    assert.ok(!event!.metadata.name.includes('..'));
  });

  test('nothing is sent after the end', async () => {
    const { recorder, created, stop } = setup();
    stop();
    recorder.record(vm, 'Normal', 'Late', 'x');
    await recorder.flush();
    assert.equal(created.length, 0);
  });
});
