import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailures, defaultFailureOptions } from './reconcile-failure.ts';
import { fakeClock } from './testing/fake-clock.ts';
import { ApiError, TransportError } from './types.ts';

const key = { namespace: 'ns', name: 'a' };
const outage = new TransportError('connection refused', undefined);
const overload = new ApiError(503, 'ServiceUnavailable', 'x');

function delaysAfter(errors: readonly unknown[]): (number | undefined)[] {
  const failures = createFailures({ name: 'test' }, fakeClock(1), defaultFailureOptions);
  return errors.map((error) => failures.delayAfter(key, error));
}

test('however long an outage lasts, the next attempt is at most four seconds away', () => {
  const delays = delaysAfter(Array.from({ length: 12 }, () => outage));
  assert.deepEqual(delays.slice(0, 3), [100, 200, 400]);
  assert.equal(delays.at(-1), 4000);
});

test('the first failure after an outage is a first one', () => {
  const delays = delaysAfter([...Array.from({ length: 12 }, () => outage), overload, overload]);
  assert.deepEqual(delays.slice(-2), [100, 200]);
});
