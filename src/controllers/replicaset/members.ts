/** Which instances a replica set has, may take and has to let go. Pure. */
import { replicaSets } from '../../api/kinds.ts';
import { selects } from '../../api/label-selector.ts';
import type { OwnerReference, ReplicaSet, Vmi } from '../../api/types.ts';
import { conditionOf, isConditionTrue } from '../../status/conditions.ts';
import { controlledBy } from '../support/owner.ts';
import { isFinal } from '../../pod/facts.ts';

/** Index of instances by whom they belong to: for the cache that a replica set is decided from. */
export const memberIndex = 'replicaSetMember';

/** Key of instances in a namespace that nobody controls. */
export const orphanKey = (namespace: string | undefined): string => `orphans/${namespace ?? ''}`;

/** Uid of the replica set that controls an instance, or `orphanKey`; nothing for instances of others. */
export function memberKeys(vmi: Vmi): readonly string[] {
  const controller = controllerOf(vmi);
  if (controller === undefined) return [orphanKey(vmi.metadata.namespace)];
  return controller.kind === replicaSets.kind ? [controller.uid] : [];
}

export const memberIndexes = { [memberIndex]: memberKeys };

export function controllerOf(vmi: Vmi): OwnerReference | undefined {
  return vmi.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

export const isSelected = (replicaSet: ReplicaSet, vmi: Vmi): boolean =>
  selects(replicaSet.spec.selector, vmi.metadata.labels ?? {});

export const isLeaving = (vmi: Vmi): boolean => vmi.metadata.deletionTimestamp !== undefined;

/** Over, or about to be without anybody having asked: to be removed and replaced. */
export function isFinished(vmi: Vmi): boolean {
  return isFinal(vmi) || conditionOf(vmi.status?.conditions, 'Ready')?.reason === 'PodTerminating';
}

export const isReady = (vmi: Vmi): boolean => isConditionTrue(vmi.status?.conditions, 'Ready');

export function ownerReferenceTo(replicaSet: ReplicaSet): OwnerReference {
  return controlledBy(replicaSets, replicaSet);
}

/** Those that are missed least come first: not running, then not ready, then the youngest. */
export function leastMissedFirst(vmis: readonly Vmi[]): Vmi[] {
  const rank = (vmi: Vmi): number => (vmi.status?.phase === 'Running' ? 1 : 0) + (isReady(vmi) ? 1 : 0);
  return vmis.toSorted((left, right) => {
    if (rank(left) !== rank(right)) return rank(left) - rank(right);
    const [older, younger] = [left.metadata, right.metadata];
    return (
      younger.creationTimestamp.localeCompare(older.creationTimestamp) || older.uid.localeCompare(younger.uid)
    );
  });
}
