import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, TransportError } from '../../kube/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { MonovirtError } from '../../support/errors.ts';
import { fakeClient } from '../testing/cluster.ts';
import { captured } from './captured.ts';
import { decideVm } from './decide.ts';
import type { Capture } from './expand.ts';
import { strategy, vm as buildVm, vmi as buildVmi } from './testing/build.ts';

const { signal } = new AbortController();
const client = fakeClient();
const vm = buildVm(strategy('Always'));
const failing =
  (why: Error): Capture =>
  () =>
    Promise.reject(why);
const moment = { now: new Date('2026-01-01T00:00:00Z'), random: 0 };
const undescribed = { reason: 'FailedFindInstancetype', message: 'gone' };

test('nothing to capture', async () => {
  assert.deepEqual(await captured(undefined, vm, client, signal), { vm });
});

test('a VM that goes is not described any more', async () => {
  const going = { ...vm, metadata: { ...vm.metadata, deletionTimestamp: 'now' } };
  assert.deepEqual(await captured(failing(new Error('asked')), going, client, signal), { vm: going });
});

test('a refusal is for the VM to show', async () => {
  const seen = await captured(
    failing(new MonovirtError('FailedFindInstancetype', 'gone')),
    vm,
    client,
    signal,
  );
  assert.deepEqual(seen.undescribed, undescribed);
});

test('what passes by itself is tried again', async () => {
  for (const error of [
    new ApiError(409, 'Conflict', 'changed'),
    new TransportError('down', undefined),
    new MonovirtError('FailedCreate', 'still there', 'quiet'),
  ]) {
    await assert.rejects(captured(failing(error), vm, client, signal), error);
  }
});

test('what is not described is not started, and says why', () => {
  const { action, status } = decideVm({ vm, vmi: undefined, undescribed }, moment);
  assert.deepEqual(action, { do: 'nothing' });
  assert.equal(conditionOf(status.conditions, 'Failure')?.reason, 'FailedFindInstancetype');
  assert.equal(status.printableStatus, 'Stopped');
});

test('a guest that runs can still be stopped', () => {
  const halted = buildVm(strategy('Halted'));
  const { action } = decideVm({ vm: halted, vmi: buildVmi(), undescribed }, moment);
  assert.deepEqual(action, { do: 'delete' });
});
