/** Whether a pod that has a node does not get as far as its containers. Pure. */
import type { Pod } from '../../api/types.ts';
import { isOver, isTerminating, statusesOf } from '../../pod/facts.ts';
import { conditionOf } from '../../status/conditions.ts';
import type { PodProblem } from './pod-problems.ts';

/** How long a kubelet may take to mount volumes and to set up a network before it is asked why, in milliseconds. */
const patienceMs = 5_000;

/**
 * Milliseconds until a pod counts as stuck, 0 once it does; undefined when it is not on its way to its
 * containers: without a node, or past volumes and network. Images are pulled only after that.
 */
export function stuckInMs(pod: Pod | undefined, now: Date): number | undefined {
  if (pod === undefined || isTerminating(pod) || isOver(pod) || isPrepared(pod)) return undefined;
  const bound = conditionOf(pod.status?.conditions, 'PodScheduled');
  if (bound?.status !== 'True') return undefined;
  const since = Date.parse(String(bound.lastTransitionTime));
  return Number.isNaN(since) ? 0 : Math.max(0, since + patienceMs - now.getTime());
}

/** Kubelets that do not tell of the step say it with the first container that is more than being created. */
function isPrepared(pod: Pod): boolean {
  const told = conditionOf(pod.status?.conditions, 'PodReadyToStartContainers');
  if (told !== undefined) return told.status === 'True';
  return statusesOf(pod).some(({ state }) => (state?.waiting?.reason ?? 'other') !== 'ContainerCreating');
}

/** An Event of the API server, as far as it is read. */
export interface PodEvent {
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { lastObservedTime?: string } | null;
}

/** What the kubelet and the attach controller complain of, and what to do. */
const remedies: Record<string, string> = {
  FailedMount: 'create the Secret, ConfigMap or claim that is named, or correct its name in spec.volumes',
  FailedMapVolume: 'correct the claim that is named; it must be of volumeMode Block and free on this node',
  FailedAttachVolume: 'free the volume: it may still be attached to another node',
  FailedCreatePodSandBox: 'see the pods of the network plugin on this node',
  NetworkNotReady: 'see the pods of the network plugin on this node',
};

/** Reasons of what `stuckProblem` finds. */
export const stuckReasons: readonly string[] = Object.keys(remedies);

/** A complaint this much older than the newest is no longer repeated: kubelets retry within some two minutes. */
const silentMs = 3 * 60_000;
/** What a kubelet adds when it has waited: it names the volumes, not the cause. */
const summary = /^Unable to attach or mount volumes/;

/**
 * Why a pod does not get as far as its containers, from the events about it. The same events give the same
 * words, however often they are repeated.
 */
export function stuckProblem(events: readonly PodEvent[]): PodProblem | undefined {
  const known = events.filter(({ reason = '' }) => Object.hasOwn(remedies, reason));
  const newest = Math.max(...known.map(timeOf));
  const recent = known.filter((event) => timeOf(event) > newest - silentMs);
  const causes = recent.filter(({ message = '' }) => !summary.test(message));
  const [reason] = (causes.length > 0 ? causes : recent).map((event) => event.reason ?? '').toSorted();
  if (reason === undefined) return undefined;
  const told = (causes.length > 0 ? causes : recent)
    .filter((event) => event.reason === reason)
    .map(({ message = '' }) => plain(message));
  const messages = [...new Set(told)].toSorted().slice(0, 3).join('; ');
  return { reason, message: `the node cannot prepare the pod; ${remedies[reason] ?? ''}. ${messages}` };
}

const timeOf = ({ series, lastTimestamp, eventTime }: PodEvent): number =>
  Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? '') || 0;

/** Names of sandboxes are other ones at each attempt. */
const plain = (message: string): string => message.replaceAll(/\b[0-9a-f]{32,}\b/g, '…');
