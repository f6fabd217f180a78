import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import { createLineLogger } from './log.ts';
import { Shutdown } from './shutdown.ts';

const log = createLineLogger({ write: () => undefined });

test('a QEMU that hangs so that libvirt cannot destroy it is killed', async () => {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>guest</name></domain>');
  const { promise: hung, reject } = Promise.withResolvers<never>();
  hypervisor.destroy = () => hung;
  const ended = new AbortController();
  let pulled = 0;
  const shutdown = new Shutdown({
    uuid,
    hypervisor: async () => hypervisor,
    log,
    ended: ended.signal,
    patienceMs: 20,
    pullPlug: async () => {
      pulled += 1;
      // Whatever waits for QEMU fails when it is gone.
      ended.abort();
      reject(new Error('QEMU is gone'));
    },
  });
  shutdown.request(0);
  await shutdown.finished;
  assert.equal(pulled, 1);
});

test('a QEMU that libvirt destroys is left to libvirt', async () => {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>guest</name></domain>');
  const ended = new AbortController();
  hypervisor.subscribe((event) => event.type === 'lifecycle' && ended.abort());
  const shutdown = new Shutdown({
    uuid,
    hypervisor: async () => hypervisor,
    log,
    ended: ended.signal,
    pullPlug: async () => assert.fail('the plug was pulled'),
  });
  shutdown.request(0);
  await shutdown.finished;
  assert.ok(hypervisor.calls.includes(`destroy ${uuid}`));
});
