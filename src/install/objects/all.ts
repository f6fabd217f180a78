/** Everything an installation consists of, in the order in which it is made. Pure. */
import { createHash } from 'node:crypto';
import { annotations } from '../../api/constants.ts';
import type { Installation } from '../installation.ts';
import { webhookConfigurations } from './admission.ts';
import { agentAccess } from './agent-access.ts';
import { agentDaemonSet } from './agent.ts';
import { aggregatedApis, apiService } from './aggregation.ts';
import type { Desired } from './desired.ts';
import { nodeRestriction } from './node-restriction.ts';

/** The service before what points at it; the webhooks last, when everything behind them is there. */
export function allObjects(installation: Installation): Desired[] {
  return [
    // Before anybody holds what they restrict.
    ...nodeRestriction(installation),
    ...agentAccess(installation),
    apiService(installation),
    agentDaemonSet(installation),
    ...aggregatedApis(installation),
    ...webhookConfigurations(installation),
  ].map(withIntent);
}

/**
 * What was wanted is noted on the object: what an older release wanted in addition, a webhook or a condition of one,
 * looks like what others have added.
 */
function withIntent({ resource, object }: Desired): Desired {
  const intent = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  const metadata = { ...object.metadata, annotations: { [annotations.intent]: intent } };
  return { resource, object: { ...object, metadata } };
}
