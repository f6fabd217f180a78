/** Conditions of an object's status. Pure: lists go in, new lists come out. */
import type { Condition } from '../api/types.ts';

export function conditionOf(
  conditions: readonly { type: string }[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type) as Condition | undefined;
}

export function isConditionTrue(conditions: readonly { type: string }[] | undefined, type: string): boolean {
  return conditionOf(conditions, type)?.status === 'True';
}

/**
 * Sets one condition. The transition time moves only when the status does, so that a repeated decision leaves
 * the list as it was.
 */
export function withCondition(
  conditions: readonly Condition[],
  wanted: Omit<Condition, 'lastTransitionTime' | 'lastProbeTime'>,
  now: Date,
): Condition[] {
  const current = conditionOf(conditions, wanted.type);
  const lastTransitionTime =
    current?.status === wanted.status && current.lastTransitionTime !== undefined
      ? current.lastTransitionTime
      : timestamp(now);
  // No lastProbeTime: the API server drops null, and the next decision would see a difference and write again.
  const next: Condition = { ...wanted, lastTransitionTime };
  return current === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition.type === wanted.type ? next : condition));
}

export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
