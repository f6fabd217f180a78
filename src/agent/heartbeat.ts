/**
 * Tells the cluster that an agent serves this node. A restarting agent must never make VMs unschedulable or
 * have them killed, so nothing is taken back at the end: the controller goes by the age of the heartbeat, and
 * removing monovirt removes the label.
 */
import { annotations, labels } from '../api/constants.ts';
import { nodes } from '../api/kinds.ts';
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
  now: () => Date;
}

/** Beats until `signal` aborts; failures only delay the next beat. */
export async function runHeartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const labelled = options.serving.aborted;
    const beaten = await beat(options, labelled);
    const pause = interval.ms * (1 + interval.jitter * (2 * Math.random() - 1));
    // The beat that brings the label comes as soon as the node can take VMs.
    const early = labelled ? signal : AbortSignal.any([signal, options.serving]);
    await delay(beaten ? pause : retryMs, early);
  }
}

async function beat({ client, node, logger, now }: HeartbeatOptions, labelled: boolean): Promise<boolean> {
  const metadata = {
    ...(labelled ? { labels: { [labels.schedulable]: 'true' } } : {}),
    annotations: { [annotations.heartbeat]: timestamp(now()) },
  };
  try {
    await client.patch(nodes, { name: node }, { type: 'merge', body: { metadata } });
    return true;
  } catch (error) {
    logger.warn('heartbeat not sent', { node, error: messageOf(error) });
    return false;
  }
}
