import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../api/types.ts';
import { nodeHealth } from './node-health.ts';

const now = new Date('2026-01-01T12:00:00Z');
const node = (ready: string | undefined, since: string, heartbeat?: string): Node => ({
  metadata: {
    name: 'node1',
    uid: 'n',
    resourceVersion: '1',
    creationTimestamp: since,
    ...(heartbeat === undefined ? {} : { annotations: { 'kubevirt.io/heartbeat': heartbeat } }),
  },
  status:
    ready === undefined ? {} : { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: since }] },
});
const healths = [
  { name: 'gone', node: undefined, want: 'dead' },
  {
    name: 'ready, agent silent for an hour',
    node: node('True', '2026-01-01T00:00:00Z', '"2026-01-01T11:00:00Z"'),
    want: 'alive',
  },
  { name: 'not ready for a minute', node: node('Unknown', '2026-01-01T11:59:00Z'), want: 'suspect' },
  {
    name: 'not ready for long, agent speaks',
    node: node('False', '2026-01-01T11:00:00Z', '"2026-01-01T11:59:00Z"'),
    want: 'suspect',
  },
  {
    name: 'both silent for long',
    node: node('Unknown', '2026-01-01T11:00:00Z', '2026-01-01T11:00:00Z'),
    want: 'dead',
  },
  { name: 'no condition yet', node: node(undefined, '2026-01-01T11:00:00Z'), want: 'alive' },
];
for (const row of healths) {
  test(`node health: ${row.name}`, () => assert.equal(nodeHealth('node1', row.node, now).state, row.want));
}
