import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vmi } from '../api/types.ts';
import { LibvirtError } from '../libvirt/errors.ts';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import { DomainManager } from './domain-manager.ts';
import { createLineLogger } from './log.ts';
import type { LauncherPod } from './pod.ts';
import { serviceOf } from './service.ts';
import type { Parts } from './service.ts';
import { Eventually } from './testing/eventually.ts';
import { testUid, testVmi } from './testing/vmi.ts';

const xml = `<domain><uuid>${testUid}</uuid><name>default_testvm</name></domain>`;

/** QEMU starts, and the connection ends before libvirt says so. */
class Breaking extends FakeHypervisor {
  override async start(uuid: string): Promise<void> {
    await super.start(uuid);
    throw new LibvirtError('LibvirtConnectionLost', 'the connection to libvirt ended');
  }
}

function world(hypervisor: FakeHypervisor) {
  const kept: Vmi[] = [];
  const pod: Partial<LauncherPod> = {
    prepareDisks: async () => ({ disks: {} }),
    serveNetwork: async () => undefined,
    followConsole: () => undefined,
    domainXml: () => xml,
    keepCredentials: (vmi) => void kept.push(vmi),
  };
  const log = createLineLogger({ write: () => undefined });
  const manager = new DomainManager({ hypervisor: async () => hypervisor, pod: pod as LauncherPod, log });
  const parts = { manager, pod, vnc: {}, vncSocket: '' } as unknown as Parts;
  const service = serviceOf(testUid, parts);
  const sync = (vmi: Vmi) =>
    service.handle({ id: 1, method: 'sync', params: { vmi, options: { networkReady: true } } });
  return { manager, kept, sync };
}

test('credentials are looked after of a guest whose start was not heard of', async () => {
  const { manager, kept, sync } = world(new Breaking());
  const states = new Eventually<string>();
  manager.reports.subscribe(({ state }) => states.add(state));
  await sync(testVmi());
  assert.equal(manager.reports.current.failure?.reason, 'LibvirtConnectionLost');
  manager.onEvent({ type: 'connected' });
  await states.find('the guest', (state) => state === 'running');
  assert.equal(manager.active, true);
  assert.deepEqual(kept, [testVmi()]);
});

test('credentials of another VMI are not', async () => {
  const { kept, sync } = world(new FakeHypervisor());
  const vmi = testVmi();
  await assert.rejects(async () => sync({ ...vmi, metadata: { ...vmi.metadata, uid: 'other' } }), {
    reason: 'WrongVmi',
  });
  assert.deepEqual(kept, []);
});
