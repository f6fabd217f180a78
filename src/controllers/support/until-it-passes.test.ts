import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../kube/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { persistently, untilItPasses } from './until-it-passes.ts';

for (const status of [400, 422]) {
  test(`a refusal with ${status} is tried again`, () => {
    const error = untilItPasses(new ApiError(status, 'Invalid', 'a policy says no'));
    assert.ok(error instanceof MonovirtError);
    assert.deepEqual([error.reason, error.message, error.retry], ['Invalid', 'a policy says no', 'backoff']);
  });
}

const untouched: Record<string, Error> = {
  'a conflict': new ApiError(409, 'Conflict', 'changed'),
  'a quota': new ApiError(403, 'Forbidden', 'exceeded quota'),
  'what only a change of the object mends': new MonovirtError('InvalidTemplate', 'no spec', 'never'),
  'a fault of ours': new TypeError('x is undefined'),
};

for (const [name, error] of Object.entries(untouched)) {
  test(`${name} stays what it is`, () => assert.equal(untilItPasses(error), error));
}

test('work that is done persistently is tried again after a policy said no', async () => {
  const { signal } = new AbortController();
  const refused = persistently(() => Promise.reject(new ApiError(400, 'BadRequest', 'denied by a policy')));
  await assert.rejects(refused({ name: 'a' }, signal), { retry: 'backoff', message: 'denied by a policy' });
  assert.deepEqual(await persistently(() => Promise.resolve({}))({ name: 'a' }, signal), {});
});
