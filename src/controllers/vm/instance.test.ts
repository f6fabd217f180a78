import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredVmi } from './instance.ts';
import { pausedStart, requests, strategy, vm } from './testing/build.ts';

const always = strategy('Always');

test('the instance: name, owner, template, generation and a firmware UUID that stays', () => {
  const made = desiredVmi(vm(always));
  assert.deepEqual([made.metadata.name, made.metadata.namespace], ['vm1', 'ns']);
  assert.equal(made.metadata.ownerReferences[0]?.uid, 'vm-uid');
  assert.deepEqual(made.metadata.labels, { app: 'a' });
  assert.equal(made.metadata.annotations['kubevirt.io/vm-generation'], '3');
  assert.equal(made.metadata.annotations.note, 'b');
  assert.match(
    made.spec.domain.firmware?.uuid ?? '',
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.deepEqual(desiredVmi(vm(always)), made);
  assert.equal(made.spec.startStrategy, undefined);
  assert.equal(desiredVmi(vm(always, requests(pausedStart))).spec.startStrategy, 'Paused');
});
