/** What CDI says of a DataVolume, in the words of those who wait for it. Pure. */
import type { Condition, KubeObject } from '../../api/types.ts';
import { conditionOf, isConditionTrue } from '../../status/conditions.ts';
import { printable } from '../../support/printable.ts';

export type DataVolume = KubeObject & {
  status?: { phase?: string; progress?: string; conditions?: readonly Condition[] };
};

/** Why a DataVolume cannot be used yet. */
export type DataVolumeReason = 'DataVolumeNotReady' | 'DataVolumeError' | 'WaitForFirstConsumer';

/** How CDI says that its pod cannot do its work: reasons of condition Running. */
const brokenReasons: readonly string[] = ['Error', 'ImagePullFailed'];
/** As much of CDI's words as a condition shows, in characters. */
const longestWords = 500;

/** A claim that is filled when its first pod comes must not be waited for. */
const filledPhases: readonly string[] = ['Succeeded', 'PendingPopulation'];

/** @returns undefined when its claim can be used. */
export function dataVolumeReason(dataVolume: DataVolume): DataVolumeReason | undefined {
  const phase = dataVolume.status?.phase ?? '';
  if (dataVolume.metadata.deletionTimestamp === undefined && filledPhases.includes(phase)) return undefined;
  if (phase === 'Failed' || isBroken(dataVolume)) return 'DataVolumeError';
  const bound = isConditionTrue(dataVolume.status?.conditions, 'Bound');
  return phase === 'WaitForFirstConsumer' && !bound ? phase : 'DataVolumeNotReady';
}

/** CDI may try again, but somebody has to do something. */
function isBroken({ status }: DataVolume): boolean {
  const running = conditionOf(status?.conditions, 'Running');
  if (running?.status === 'False' && brokenReasons.includes(running.reason ?? '')) return true;
  const bound = conditionOf(status?.conditions, 'Bound');
  return bound?.reason === 'ErrExceededQuota' && bound.status !== 'True';
}

/** Its phase, how far it is, and what CDI complains of. */
export function dataVolumeState({ status, metadata }: DataVolume): string {
  if (metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  const { phase, progress, conditions = [] } = status ?? {};
  const complaints = conditions
    .filter((condition) => condition.status !== 'True' && (condition.message ?? '') !== '')
    .map(({ type, reason, message }) => `${type}: ${reason ? `${reason}: ` : ''}${message}`);
  const parts = [
    `phase ${phase || 'unknown'}`,
    ...(progress === undefined || progress === 'N/A' ? [] : [progress]),
    ...complaints,
  ];
  return printable(parts.join(', ')).slice(0, longestWords);
}
