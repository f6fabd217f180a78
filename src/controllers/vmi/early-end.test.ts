import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Vmi } from '../../api/types.ts';
import { decideVmi } from './decide.ts';

const metadata = { name: 'v', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const now = new Date('2026-01-01T12:00:00Z');
const vmi: Vmi = { metadata, spec: { domain: { devices: {} } }, status: { phase: 'Scheduling' } };

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const container = (name: string, state: NonNullable<Status['state']>): Status => ({
  name,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
});
const podWith = (launcher: NonNullable<Status['state']>, finishedAt: string): Pod => ({
  metadata,
  spec: { containers: [{ name: 'compute' }, { name: 'volumeroot' }], nodeName: 'n' },
  status: {
    phase: 'Running',
    containerStatuses: [
      container('compute', launcher),
      container('volumeroot', { terminated: { exitCode: 0, reason: 'Completed', finishedAt } }),
    ],
  },
});

const justNow = '2026-01-01T11:59:58Z';
const before = '2026-01-01T11:59:50Z';

for (const { name, pod, phase, reason, requeueAfterMs } of [
  {
    name: 'is waited with: its guest may have ended',
    pod: podWith({ running: {} }, justNow),
    phase: 'Scheduling',
    requeueAfterMs: 3_000,
  },
  {
    name: 'is missed after a while',
    pod: podWith({ running: {} }, before),
    phase: 'Failed',
    reason: 'ContainerDiskEnded',
  },
  {
    name: 'has ended with its guest',
    pod: podWith({ terminated: { exitCode: 0 } }, before),
    phase: 'Succeeded',
  },
]) {
  test(`a side container that ended well before its pod was seen running ${name}`, () => {
    const plan = decideVmi({ vmi, pods: [pod], node: { state: 'alive' } }, now);
    assert.equal(plan.status.phase, phase);
    assert.equal(plan.status.reason, reason);
    assert.equal(plan.requeueAfterMs, requeueAfterMs);
  });
}
