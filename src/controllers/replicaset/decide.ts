/** What a replica set needs next. Pure. */
import { selectorText } from '../../api/label-selector.ts';
import type { Condition, ReplicaSet, Vmi } from '../../api/types.ts';
import { conditionOf, withCondition, withoutCondition } from '../../status/conditions.ts';
import { controllerOf, isFinished, isLeaving, isReady, isSelected, leastMissedFirst } from './members.ts';

export interface ReplicaSetSnapshot {
  replicaSet: ReplicaSet;
  /** Those that it controls, and those of its namespace that nobody controls. */
  vmis: readonly Vmi[];
  /** Uids of instances that were deleted, which the cache may not show yet. */
  deleted: ReadonlySet<string>;
}

export interface ReplicaSetPlan {
  /** Selected instances that belong to nobody. */
  adopt: readonly Vmi[];
  /** Instances of its own that it does not select any more. */
  release: readonly Vmi[];
  create: number;
  /** Instances too many. */
  remove: readonly Vmi[];
  /** Instances that are over. */
  clean: readonly Vmi[];
  /** Look again then, although nothing may happen, in milliseconds. */
  againAfterMs: number | undefined;
  status: NonNullable<ReplicaSet['status']>;
}

/** As many requests in a row as KubeVirt allows itself: what is left follows with the next events. */
export const burst = 250;

/** One that fails sooner than this after its creation is not replaced before, or failing guests would cycle. */
const leastLifeMs = 15_000;

export function decideReplicaSet(seen: ReplicaSetSnapshot, now: Date): ReplicaSetPlan {
  const { replicaSet, vmis, deleted } = seen;
  const going = isLeavingSet(replicaSet);
  const mine = vmis.filter((vmi) => controllerOf(vmi) !== undefined);
  const members = mine.filter((vmi) => isSelected(replicaSet, vmi));
  const present = members.filter((vmi) => !isLeaving(vmi) && !deleted.has(vmi.metadata.uid));
  const active = present.filter((vmi) => !isFinished(vmi));
  const { early, clean } = sortFinished(present.filter(isFinished), now);
  const may = !going && replicaSet.spec.paused !== true;
  const surplus = active.length - (replicaSet.spec.replicas ?? 1);
  return {
    adopt: going ? [] : vmis.filter((vmi) => mayAdopt(replicaSet, vmi)),
    release: mine.filter((vmi) => !isSelected(replicaSet, vmi) && !isLeaving(vmi)),
    create: may ? Math.min(burst, Math.max(0, -surplus - early.length)) : 0,
    remove: may && surplus > 0 ? leastMissedFirst(active).slice(0, Math.min(burst, surplus)) : [],
    clean: may ? clean.slice(0, burst) : [],
    againAfterMs: may && early.length > 0 ? leastLifeMs : undefined,
    status: statusOf(replicaSet, active, now),
  };
}

const isLeavingSet = (replicaSet: ReplicaSet): boolean => replicaSet.metadata.deletionTimestamp !== undefined;

const mayAdopt = (replicaSet: ReplicaSet, vmi: Vmi): boolean =>
  controllerOf(vmi) === undefined && !isLeaving(vmi) && !isFinished(vmi) && isSelected(replicaSet, vmi);

/** Failures right after creation are kept for a while: for people to read, and to slow a cycle down. */
function sortFinished(finished: readonly Vmi[], now: Date): { early: Vmi[]; clean: Vmi[] } {
  const isEarly = ({ status, metadata }: Vmi): boolean =>
    status?.phase === 'Failed' && now.getTime() - Date.parse(metadata.creationTimestamp) < leastLifeMs;
  return { early: finished.filter(isEarly), clean: finished.filter((vmi) => !isEarly(vmi)) };
}

function statusOf(
  replicaSet: ReplicaSet,
  active: readonly Vmi[],
  now: Date,
): NonNullable<ReplicaSet['status']> {
  const before = (replicaSet.status?.conditions ?? []) as Condition[];
  const paused = { type: 'ReplicaPaused', status: 'True', reason: 'Paused' } as const;
  const conditions =
    replicaSet.spec.paused === true
      ? withCondition(before, { ...paused, message: 'instances are neither created nor deleted' }, now)
      : withoutCondition(before, paused.type);
  return {
    ...replicaSet.status,
    replicas: active.length,
    readyReplicas: active.filter(isReady).length,
    labelSelector: selectorText(replicaSet.spec.selector),
    conditions: withoutCondition(conditions, 'ReplicaFailure'),
  };
}

/** The status when the API server refused what was to be done. */
export function withFailure(
  { status }: ReplicaSetPlan,
  replicaSet: ReplicaSet,
  failure: { reason: string; message: string },
  now: Date,
): ReplicaSetPlan['status'] {
  const before = conditionOf(replicaSet.status?.conditions, 'ReplicaFailure');
  // Messages name instances that change from try to try; the first one stays until it works.
  const stays = before !== undefined && before.reason === failure.reason;
  const conditions = (status.conditions ?? []) as Condition[];
  const wanted = stays ? before : { type: 'ReplicaFailure', status: 'True' as const, ...failure };
  return { ...status, conditions: stays ? [...conditions, before] : withCondition(conditions, wanted, now) };
}
