import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../api/types.ts';
import type { CredentialsReport, DomainReport } from '../../launcher/protocol.ts';
import { podOf, vmiOf } from '../testing/cluster.ts';
import { decide } from './decide.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const type = 'AccessCredentialsSynchronized';
const offline = { reason: 'GuestAgentOffline', message: 'Guest agent is offline' };
const refused = { reason: 'GuestAgentRefused', message: 'cannot set the SSH keys of user ann: no such user' };
const failed: Condition = { type, status: 'False', ...refused };

const rows: {
  name: string;
  credentials: CredentialsReport | undefined;
  before?: Condition[];
  status: string | undefined;
  event?: string;
}[] = [
  { name: 'none are wanted', credentials: undefined, status: undefined },
  { name: 'no agent yet: no event', credentials: { synchronized: false, ...offline }, status: 'False' },
  {
    name: 'the guest has them',
    credentials: { synchronized: true },
    status: 'True',
    event: 'Normal AccessCredentialsSyncSuccess: Access credentials sync successful.',
  },
  {
    name: 'the guest has them, as before',
    credentials: { synchronized: true },
    before: [{ type, status: 'True' }],
    status: 'True',
  },
  {
    name: 'the guest refuses them',
    credentials: { synchronized: false, ...refused },
    before: [{ type, status: 'False', ...offline }],
    status: 'False',
    event: `Warning AccessCredentialsSyncFailed: Access credentials sync failed: ${refused.message}`,
  },
  {
    name: 'the guest still refuses them',
    credentials: { synchronized: false, ...refused },
    before: [failed],
    status: 'False',
  },
  {
    name: 'the guest takes them after all',
    credentials: { synchronized: true },
    before: [failed],
    status: 'True',
    event: 'Normal AccessCredentialsSyncSuccess: Access credentials sync successful.',
  },
];

for (const { name, credentials, before = [], status, event } of rows) {
  test(`access credentials: ${name}`, () => {
    const report: DomainReport = { state: 'running', reason: 'booted', sequence: 1, interfaces: [] };
    const decision = decide(
      {
        vmi: vmiOf({
          status: {
            phase: 'Running',
            nodeName: 'node',
            activePods: { 'pod-uid': 'node' },
            conditions: before,
          },
        }),
        node: 'node',
        pod: podOf(),
        launcher: {
          connected: true,
          failure: undefined,
          shutdownAsked: undefined,
          report: { ...report, ...(credentials && { credentials }) },
        },
      },
      now,
    );
    const found = decision.status.conditions?.find((condition) => condition.type === type);
    assert.equal(found?.status, status);
    assert.equal(found?.message, credentials?.message);
    const told = decision.events.map((each) => `${each.type} ${each.reason}: ${each.message}`);
    assert.deepEqual(told, event === undefined ? [] : [event]);
  });
}
