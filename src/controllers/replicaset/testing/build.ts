/** Replica sets and their instances for tests. */
import type { ReplicaSet, Vmi } from '../../../api/types.ts';
import { ownerReferenceTo } from '../members.ts';

export const now = new Date('2026-01-01T12:00:00Z');
const before = '2026-01-01T11:00:00Z';

export function replicaSet(
  spec: Partial<ReplicaSet['spec']> = {},
  rest: Partial<ReplicaSet> = {},
): ReplicaSet {
  return {
    metadata: {
      name: 'set',
      namespace: 'ns',
      uid: 'set-uid',
      resourceVersion: '1',
      creationTimestamp: before,
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { domain: { devices: {} } } },
      ...spec,
    },
    ...rest,
  };
}

export interface InstanceFacts {
  phase?: string;
  ready?: boolean;
  /** Reason of condition Ready. */
  reason?: string;
  labels?: Record<string, string>;
  orphan?: true;
  leaving?: true;
  created?: string;
}

/** An instance of `replicaSet()`, running and ready unless said otherwise. */
export function instance(uid: string, facts: InstanceFacts = {}): Vmi {
  const { phase = 'Running', ready = phase === 'Running', reason, labels = { app: 'web' } } = facts;
  return {
    metadata: {
      name: uid,
      namespace: 'ns',
      uid,
      resourceVersion: '1',
      creationTimestamp: facts.created ?? before,
      labels,
      ...(facts.orphan === undefined && { ownerReferences: [ownerReferenceTo(replicaSet())] }),
      ...(facts.leaving && { deletionTimestamp: before }),
    },
    spec: { domain: { devices: {} } },
    status: {
      phase,
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', ...(reason !== undefined && { reason }) },
      ],
    },
  };
}
