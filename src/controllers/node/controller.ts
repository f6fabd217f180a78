/**
 * Takes nodes whose agent has fallen silent out of the choice for VMs. The agent puts them back with its next
 * heartbeat, and nothing happens to guests that run there: what becomes of those is the VMI controller's affair.
 */
import { annotations, labels } from '../../api/constants.ts';
import { apiVersionOf, nodes as nodeResource } from '../../api/kinds.ts';
import type { Node } from '../../api/types.ts';
import { isNotFound, keyOf, priorityOf } from '../../kube/types.ts';
import type {
  EventRecorder,
  Informer,
  Key,
  KubeClient,
  ReconcileResult,
  WorkQueue,
} from '../../kube/types.ts';
import type { Logger } from '../../support/log.ts';
import { heartbeatTimeoutMs } from '../vmi/node-health.ts';

export interface NodeControllerDeps {
  client: Pick<KubeClient, 'patch'>;
  nodes: Informer<Node>;
  queue: WorkQueue;
  events: EventRecorder;
  log: Logger;
  now: () => Date;
}

interface Beat {
  text: string | undefined;
  /** When this controller first saw it: clocks of nodes may be wrong. */
  seenAt: number;
}

/** Reacts to nodes; returns what the queue's workers run. */
export function createNodeController(
  deps: NodeControllerDeps,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const { nodes, queue, now } = deps;
  const beats = new Map<string, Beat>();
  nodes.onChange(({ type, object }, origin) => {
    if (type === 'deleted') beats.delete(object.metadata.name);
    else queue.add(keyOf(object), priorityOf(origin));
  });
  return async (key, signal) => {
    const node = nodes.get(key);
    if (node === undefined || !takesVms(node)) {
      beats.delete(key.name);
      return {};
    }
    const silentMs = now().getTime() - lastBeat(beats, node, now()).seenAt;
    if (silentMs < heartbeatTimeoutMs) return { requeueAfterMs: heartbeatTimeoutMs - silentMs };
    await takeOut(deps, node, signal);
    return {};
  };
}

const takesVms = (node: Node): boolean => node.metadata.labels?.[labels.schedulable] === 'true';

function lastBeat(beats: Map<string, Beat>, { metadata }: Node, now: Date): Beat {
  const text = metadata.annotations?.[annotations.heartbeat];
  const known = beats.get(metadata.name);
  if (known !== undefined && known.text === text) return known;
  const beat = { text, seenAt: now.getTime() };
  beats.set(metadata.name, beat);
  return beat;
}

async function takeOut(
  { client, events, log }: NodeControllerDeps,
  node: Node,
  signal: AbortSignal,
): Promise<void> {
  const { name, resourceVersion } = node.metadata;
  // A heartbeat that has just come wins: the patch is for the node as it was seen.
  const body = { metadata: { resourceVersion, labels: { [labels.schedulable]: 'false' } } };
  try {
    await client.patch(nodeResource, { name }, { type: 'merge', body }, { signal });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  const minutes = heartbeatTimeoutMs / 60_000;
  const message = `no heartbeat of the node agent for ${minutes} minutes: no new VMs come to this node until its virt-handler pod runs again`;
  log.warn('node taken out', { node: name });
  // What is cached does not say its kind.
  const named = { ...node, apiVersion: apiVersionOf(nodeResource), kind: nodeResource.kind };
  events.record(named, 'Warning', 'NodeUnresponsive', message);
}
