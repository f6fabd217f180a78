/** What the status of an object says that nothing acts on. Pure. */
import {
  backups,
  clones,
  migrations,
  pools,
  restores,
  snapshotContents,
  snapshots,
  vmExports,
} from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import { selectorText } from '../../api/label-selector.ts';
import type { LabelSelector } from '../../api/label-selector.ts';
import type { Condition, KubeObject } from '../../api/types.ts';
import { unservedMessage, unservedReason } from '../../api/unserved.ts';
import { timestamp, withCondition } from '../../status/conditions.ts';

export type Unserved = KubeObject & {
  spec?: { selector?: LabelSelector };
  status?: { conditions?: readonly Condition[]; error?: { message?: string; time?: string } };
};

type Wanted = (object: Unserved, message: string, now: Date) => object;

const conditionsWith = (type: string, status: Condition['status']): Wanted => {
  return (object, message, now) => ({
    conditions: withCondition(
      object.status?.conditions ?? [],
      { type, status, reason: unservedReason, message },
      now,
    ),
  });
};

const notReady = conditionsWith('Ready', 'False');

/** The time of an error stays that of its first report. */
const withError: Wanted = (object, message, now) => ({
  readyToUse: false,
  error: { message, time: object.status?.error?.time ?? timestamp(now) },
});

/**
 * Phases are final where whoever waits would else wait for ever. Kinds that are missing here have no field that
 * could say it: MigrationPolicy and VirtualMachineBackupTracker.
 */
const wanted: readonly [Resource, Wanted][] = [
  [migrations, (...given) => ({ phase: 'Failed', ...notReady(...given) })],
  [snapshots, (...given) => ({ phase: 'Failed', ...withError(...given), ...notReady(...given) })],
  [snapshotContents, withError],
  [restores, (...given) => ({ complete: false, ...notReady(...given) })],
  [vmExports, (...given) => ({ phase: 'Pending', ...notReady(...given) })],
  [clones, (...given) => ({ phase: 'Failed', ...notReady(...given) })],
  [backups, notReady],
  [
    pools,
    (object, ...given) => ({
      replicas: 0,
      readyReplicas: 0,
      labelSelector: selectorText(object.spec?.selector ?? {}),
      ...conditionsWith('ReplicaFailure', 'True')(object, ...given),
    }),
  ],
];

/** Kinds whose status can say that nothing happens. */
export const speakingKinds: readonly Resource[] = wanted.map(([resource]) => resource);

/** The status that an object should have: what is there already stays. */
export function unservedStatus(resource: Resource, object: Unserved, now: Date): object {
  const say = wanted.find(([{ kind }]) => kind === resource.kind)?.[1];
  return { ...object.status, ...say?.(object, unservedMessage(resource), now) };
}
