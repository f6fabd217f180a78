import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LibvirtError } from '../errors.ts';
import { eventLog } from './event-log.ts';
import { FakeHypervisor } from './fake.ts';

const xml = '<domain><name>a</name><uuid>0f6d4c1a-8f5e-4e8b-9a0b-2b3c4d5e6f70</uuid></domain>';
const withReason = (reason: string) => (error: unknown) =>
  error instanceof LibvirtError && error.reason === reason;

test("the fake keeps libvirt's rules", async () => {
  const fake = new FakeHypervisor();
  const events = eventLog(fake);
  const uuid = await fake.define(xml);
  await assert.rejects(fake.resume(uuid), withReason('LibvirtOperationInvalid'));
  await fake.start(uuid, { paused: true });
  await assert.rejects(fake.start(uuid), withReason('LibvirtOperationInvalid'));
  assert.deepEqual(await fake.status(uuid), { state: 'paused', reason: 'user' });
  await fake.resume(uuid);
  await fake.shutdown(uuid);
  assert.deepEqual(await fake.status(uuid), { state: 'shutoff', reason: 'shutdown' });
  await fake.undefine(uuid);
  assert.deepEqual(await fake.status(uuid), { state: 'absent', reason: 'unknown' });
  await assert.rejects(fake.xml(uuid), withReason('LibvirtNoDomain'));
  fake.lose();
  await assert.rejects(fake.list(), withReason('LibvirtConnectionLost'));
  assert.deepEqual(
    events.all().map((event) => (event.type === 'lifecycle' ? event.event : event.type)),
    ['defined', 'started', 'resumed', 'stopped', 'undefined', 'closed'],
  );
});
