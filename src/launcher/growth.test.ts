import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VmiStatus } from '../api/types.ts';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import { ioErrorOf, withoutPast } from './domain-facts.ts';
import { grow } from './growth.ts';
import { ReportBoard } from './report.ts';
import { testVmi } from './testing/vmi.ts';

const claim: VmiStatus = {
  volumeStatus: [{ name: 'data', target: 'vda', persistentVolumeClaimInfo: { claimName: 'data' } }],
};

/** A guest that runs, or is paused for want of room. */
async function setUp({ full, grows }: { full: boolean; grows: boolean }) {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>vm</name></domain>');
  hypervisor.calls.length = 0;
  const reports = new ReportBoard();
  reports.change({ ioError: full ? { volume: 'data', full } : null });
  const done: string[] = [];
  const manager = {
    reports,
    running: async () => ({ hypervisor, uuid, status: await hypervisor.status(uuid) }),
    unpause: async () => {
      done.push('unpause');
      return reports.current;
    },
  };
  const pod = {
    growDisks: async (_vmi: unknown, resize: (target: string, bytes: number) => Promise<void>) => {
      done.push('look');
      if (grows) await resize('vda', 4096);
      return grows;
    },
  };
  return { hypervisor, uuid, done, run: (status: VmiStatus) => grow(manager, pod, { ...testVmi(), status }) };
}

const rows: [string, { full: boolean; grows: boolean }, VmiStatus, string[]][] = [
  ['a guest without claims is left alone', { full: false, grows: true }, {}, []],
  ['a guest whose claims are as they were goes on as it was', { full: false, grows: false }, claim, ['look']],
  ['a guest whose disk grows goes on as it was', { full: false, grows: true }, claim, ['look']],
  [
    'a guest that had no room goes on when its disk grows',
    { full: true, grows: true },
    claim,
    ['look', 'unpause'],
  ],
  ['a guest that has no room yet stays paused', { full: true, grows: false }, claim, ['look']],
];
for (const [name, given, status, wanted] of rows) {
  test(name, async () => {
    const { hypervisor, uuid, done, run } = await setUp(given);
    await run(status);
    assert.deepEqual(done, wanted);
    const resized = hypervisor.calls.filter((call) => call.startsWith('resize'));
    assert.deepEqual(resized, wanted.includes('look') && given.grows ? [`resize ${uuid} vda 4096`] : []);
  });
}

test('an I/O error is of the volume that the device is called after, until the guest goes on', () => {
  const event = { type: 'ioError', uuid: 'u', name: 'vm', action: 'pause' } as const;
  assert.deepEqual(ioErrorOf({ ...event, device: 'ua-data', reason: 'enospc' }), {
    volume: 'data',
    full: true,
  });
  assert.deepEqual(ioErrorOf({ ...event, device: 'virtio-disk0', reason: '' }), { volume: '', full: false });
  const paused = { state: 'paused', reason: 'ioError' } as const;
  assert.deepEqual(withoutPast(paused), paused);
  assert.equal(withoutPast({ state: 'running', reason: 'user' }).ioError, null);
  assert.equal(withoutPast({ state: 'paused', reason: 'user' }).ioError, null);
});
