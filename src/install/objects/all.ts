/** Everything an installation consists of, in the order in which it is made. Pure. */
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
  ];
}
