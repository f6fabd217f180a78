/** Looks at an instance's claims before its pod is made, and writes down what the pod and the launcher need of them. */
import {
  cdiConfigs,
  dataVolumes,
  persistentVolumeClaims,
  pods,
  virtualMachineInstances,
} from '../../../api/kinds.ts';
import type { PersistentVolumeClaim, Vmi, Volume } from '../../../api/types.ts';
import { findObject } from '../../../kube/find.ts';
import { keyOf } from '../../../kube/types.ts';
import type { EventRecorder, KubeClient } from '../../../kube/types.ts';
import { conditionOf } from '../../../status/conditions.ts';
import { writeStatus } from '../../../status/write-status.ts';
import { messageOf } from '../../../support/errors.ts';
import type { MonovirtError } from '../../../support/errors.ts';
import type { Awaited } from '../../support/awaited.ts';
import type { DataVolume } from '../../support/data-volume.ts';
import { untilItPasses } from '../../support/until-it-passes.ts';
import { decideCreateFailure } from '../decide.ts';
import type { DesiredPod } from '../pod.ts';
import { isRefusal, refusalReason } from '../refusal.ts';
import { consumerTrouble } from './consumer.ts';
import type { CdiConfig } from './overhead.ts';
import { claimProblem, fillerOf } from './problem.ts';
import type { Found, Waiting } from './problem.ts';
import { consumerKey, removeStandIn, standIn } from './stand-in.ts';
import { claimOf } from '../../../api/claim-of.ts';
import { volumeStatuses } from './volume-status.ts';

export interface SettleDeps {
  client: KubeClient;
  awaited: Awaited;
  events: EventRecorder;
  now: () => Date;
  /** The pod that is to be made. */
  launcherPod: (vmi: Vmi) => DesiredPod;
}

interface Looked {
  volume: Volume;
  claimName: string;
  found: Found;
}

const needsConsumer = 'WaitForFirstConsumer';

/**
 * @returns the instance with what is known of its claims in its status, stored; undefined when it has to wait for
 *   one, which its status says and whose appearance queues it again.
 * @throws what the API server has against the pod that stands in as the first consumer: after its status and an event.
 */
export async function settleClaims(deps: SettleDeps, vmi: Vmi): Promise<Vmi | undefined> {
  const looked = await lookAt(deps.client, vmi);
  const problems = looked.flatMap(({ volume, found }) => claimProblem(vmi, volume, found) ?? []);
  // First what we can do something about; the status then says whether there is a stand-in.
  const waiting = problems.find(({ reason }) => reason === needsConsumer) ?? problems[0];
  if (waiting?.reason !== needsConsumer && toldReason(vmi) === needsConsumer)
    await removeStandIn(deps.client, vmi);
  if (waiting !== undefined) {
    await waitFor(deps, vmi, { ...waiting, wanted: problems.flatMap(({ wanted }) => wanted) });
    return undefined;
  }
  deps.awaited.expect(keyOf(vmi), []);
  const claims = new Map(
    looked.flatMap(({ claimName, found }) => (found.claim ? [[claimName, found.claim]] : [])),
  );
  if (claims.size === 0) return vmi;
  const status = {
    ...vmi.status,
    volumeStatus: volumeStatuses(vmi, claims, await overheads(deps.client, looked)) ?? [],
  };
  await writeStatus(deps.client, virtualMachineInstances, vmi, status);
  return { ...vmi, status };
}

/** All at once: a guest with many claims starts no later than one with a single one. */
async function lookAt(client: KubeClient, vmi: Vmi): Promise<Looked[]> {
  const looked = await Promise.all(
    (vmi.spec.volumes ?? []).map(async (volume) => {
      const claimName = claimOf(volume)?.claimName;
      return claimName === undefined
        ? []
        : [{ volume, claimName, found: await lookUp(client, vmi, claimName) }];
    }),
  );
  return looked.flat();
}

async function lookUp(client: KubeClient, vmi: Vmi, name: string): Promise<Found> {
  const key = { namespace: vmi.metadata.namespace ?? 'default', name };
  const claim = await findObject<PersistentVolumeClaim>(client, persistentVolumeClaims, key);
  const filler = claim === undefined ? name : fillerOf(claim);
  if (filler === undefined) return { claim, dataVolume: undefined };
  return { claim, dataVolume: await findObject<DataVolume>(client, dataVolumes, { ...key, name: filler }) };
}

/** What CDI was told about overheads; whether it is there is known only when something of it was found. */
async function overheads(client: KubeClient, looked: readonly Looked[]): Promise<CdiConfig | undefined> {
  if (looked.every(({ found }) => found.dataVolume === undefined)) return undefined;
  return findObject<CdiConfig>(client, cdiConfigs, { name: 'config' });
}

const toldReason = ({ status }: Vmi): string | undefined =>
  conditionOf(status?.conditions, 'Synchronized')?.reason;

async function waitFor(deps: SettleDeps, vmi: Vmi, waiting: Waiting): Promise<void> {
  const { wanted, refusal, ...problem } = await withStandIn(deps, vmi, waiting);
  const told = toldReason(vmi) === problem.reason;
  const { status } = decideCreateFailure(vmi, problem, deps.now());
  await writeStatus(deps.client, virtualMachineInstances, vmi, status);
  if (!told) deps.events.record(vmi, 'Warning', problem.reason, problem.message);
  if (refusal !== undefined)
    deps.events.record(vmi, 'Warning', refusalReason(refusal), `${noPod(vmi)}: ${messageOf(refusal)}`);
  deps.awaited.expect(keyOf(vmi), wanted);
  // Quotas are raised and policies changed without an event for us: the queue's back-off tries again.
  if (refusal !== undefined) throw untilItPasses(refusal);
}

const noPod = (vmi: Vmi): string =>
  `cannot create pod ${consumerKey(vmi).name}, the first consumer of claims`;

/** With the cause why no pod stands in as the first consumer. */
type Standing = Waiting & { refusal?: MonovirtError };

/** The status is written before the pod is made, so that a pod that is made is always known of. */
async function withStandIn(deps: SettleDeps, vmi: Vmi, waiting: Waiting): Promise<Standing> {
  if (waiting.reason !== needsConsumer || toldReason(vmi) !== needsConsumer) return waiting;
  const wanted = [...waiting.wanted, { resource: pods, key: consumerKey(vmi) }];
  try {
    const pod = await standIn(deps.client, vmi, deps.launcherPod(vmi));
    const trouble = pod === undefined ? undefined : consumerTrouble(pod);
    return { ...adding(waiting, trouble), wanted };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { ...adding(waiting, `its pod cannot be created: ${messageOf(error)}`), wanted, refusal: error };
  }
}

const adding = (waiting: Waiting, trouble: string | undefined): Waiting =>
  trouble === undefined ? waiting : { ...waiting, message: `${waiting.message}; ${trouble}` };
