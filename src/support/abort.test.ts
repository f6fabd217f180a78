import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { unlessAborted, whenAborted } from './abort.ts';

const reason = new Error('enough');
const never = new Promise<never>(() => undefined);

test('the promise settles first: its value, and no listener stays', async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('the abort comes first: its reason, and no listener stays', async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

test('aborted before: nothing is waited for', async () => {
  await assert.rejects(unlessAborted(never, AbortSignal.abort(reason)), reason);
  await whenAborted(AbortSignal.abort(reason));
});

test("aborted before: what fails later is nobody's concern, and ends no process", async () => {
  const failing = Promise.withResolvers<never>();
  await assert.rejects(unlessAborted(failing.promise, AbortSignal.abort(reason)), reason);
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', hear);
  failing.reject(new Error('later'));
  await new Promise(setImmediate);
  process.off('unhandledRejection', hear);
  assert.deepEqual(unheard, []);
});

test('whenAborted resolves with the abort', async () => {
  const controller = new AbortController();
  const waiting = whenAborted(controller.signal);
  controller.abort(reason);
  await waiting;
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});
