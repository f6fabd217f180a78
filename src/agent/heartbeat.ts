/**
 * Tells the cluster that an agent serves this node. A restarting agent must never make VMs unschedulable or
 * have them killed, so nothing is taken back at the end: the controller goes by the age of the heartbeat, and
 * removing monovirt removes the label.
 */
import { annotations, labels } from '../api/constants.ts';
import { nodes } from '../api/kinds.ts';
import { labelChanges } from '../api/node-labels.ts';
import type { Node } from '../api/types.ts';
import { timestamp } from '../status/conditions.ts';
import type { KubeClient } from '../kube/types.ts';
import { delay } from '../support/delay.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';

/** Time between heartbeats and how far it varies, in milliseconds and as a share. */
const interval = { ms: 60_000, jitter: 0.2 };
/** Pause before a failed heartbeat is tried again, in milliseconds. */
const retryMs = 2_000;

export interface HeartbeatOptions {
  client: KubeClient;
  node: string;
  logger: Logger;
  /**
   * Aborts once the node can take VMs: its device plugins are registered. The label is not set before, but the
   * heartbeat does not wait: VMs of an earlier agent run here.
   */
  serving: AbortSignal;
  /** Aborts once it is known what guests can have here: the beat that says so comes at once. */
  learned: AbortSignal;
  /** Labels that the node should have beside; undefined while nobody knows. */
  labels: () => Promise<Record<string, string> | undefined>;
  now: () => Date;
}

/** Beats until `signal` aborts; failures only delay the next beat. */
export async function runHeartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const awaited = [options.serving, options.learned].filter(({ aborted }) => !aborted);
    const beaten = await beat(options);
    const pause = interval.ms * (1 + interval.jitter * (2 * Math.random() - 1));
    // The beat that brings labels comes as soon as the node can take VMs, and as soon as it is known which.
    await delay(beaten ? pause : retryMs, AbortSignal.any([signal, ...awaited]));
  }
}

async function beat(options: HeartbeatOptions): Promise<boolean> {
  const { node, logger, now, serving } = options;
  try {
    const found = await patchNode(options, {
      ...(serving.aborted ? { labels: { [labels.schedulable]: 'true' } } : {}),
      annotations: { [annotations.heartbeat]: timestamp(now()) },
    });
    await bringLabels(options, found);
    return true;
  } catch (error) {
    logger.warn('heartbeat not sent', { node, error: messageOf(error) });
    return false;
  }
}

/** Writes labels only where the node has others: there are two hundred, and they hardly ever change. */
async function bringLabels(options: HeartbeatOptions, { metadata }: Node): Promise<void> {
  const wanted = await options.labels();
  if (wanted === undefined) return;
  const changes = labelChanges(metadata.labels ?? {}, wanted);
  if (Object.keys(changes).length > 0) await patchNode(options, { labels: changes });
}

const patchNode = ({ client, node }: HeartbeatOptions, metadata: object): Promise<Node> =>
  client.patch<Node>(nodes, { name: node }, { type: 'merge', body: { metadata } });
