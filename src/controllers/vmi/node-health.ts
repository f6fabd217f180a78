/** Whether a node can still be running guests, as far as the API server knows. Pure. */
import { annotations } from '../../api/constants.ts';
import type { Node } from '../../api/types.ts';

/** A node agent reports at least this often, or its node is taken for lost (KubeVirt's figure). */
export const heartbeatTimeoutMs = 5 * 60_000;

export type NodeHealth =
  | { state: 'alive' }
  /** Silent, but not for long enough to give its guests up; look again after `againInMs`. */
  | { state: 'suspect'; againInMs: number }
  | { state: 'dead'; message: string };

/**
 * A node is dead when it is gone, or when both its kubelet and its agent have been silent for five minutes.
 * An agent that is down alone, in an upgrade for instance, costs no guest its life.
 */
export function nodeHealth(name: string, node: Node | undefined, now: Date): NodeHealth {
  if (node === undefined) return { state: 'dead', message: `node ${name} no longer exists` };
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready === undefined || ready.status === 'True') return { state: 'alive' };
  const lastSeen = Math.max(agentSeen(node), Date.parse(String(ready.lastTransitionTime)) || 0);
  const againInMs = lastSeen + heartbeatTimeoutMs - now.getTime();
  if (againInMs > 0) return { state: 'suspect', againInMs };
  const message = `node ${name} is not ready and its agent has been silent since ${new Date(lastSeen).toISOString()}; fence or delete the node so that its pods can go`;
  return { state: 'dead', message };
}

/** The heartbeat is a time, bare or as a JSON string; 0 when there is none. */
function agentSeen(node: Node): number {
  const text = node.metadata.annotations?.[annotations.heartbeat]?.replaceAll('"', '');
  return text === undefined ? 0 : Date.parse(text) || 0;
}
