import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Vmi } from '../../api/types.ts';
import { decideVmi } from './decide.ts';

const metadata = { name: 'v', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const vmi = (dedicatedCpuPlacement: boolean): Vmi => ({
  metadata,
  spec: { domain: { devices: {}, cpu: { dedicatedCpuPlacement } } },
  status: { phase: 'Scheduling' },
});
const pod = (qosClass: string): Pod =>
  ({
    metadata,
    spec: { containers: [{ name: 'compute' }], nodeName: 'n' },
    status: {
      phase: 'Running',
      qosClass,
      containerStatuses: [{ name: 'compute', state: { running: {} } }],
    },
  }) as unknown as Pod;

for (const row of [
  { name: 'shares its node: started', dedicated: false, qosClass: 'Burstable', phase: 'Scheduled' },
  { name: 'has processors to itself: started', dedicated: true, qosClass: 'Guaranteed', phase: 'Scheduled' },
  { name: 'is not given them: not started', dedicated: true, qosClass: 'Burstable', phase: 'Scheduling' },
]) {
  test(`a guest that ${row.name}`, () => {
    const seen = { vmi: vmi(row.dedicated), pods: [pod(row.qosClass)], node: { state: 'alive' } as const };
    const plan = decideVmi(seen, new Date('2026-01-01T12:00:00Z'));
    assert.equal(plan.status.phase, row.phase);
    const told = plan.events.some(({ reason }) => reason === 'FailedGuaranteeResources');
    assert.equal(told, row.phase === 'Scheduling');
  });
}
