/** VMI → pod: reads the caches, decides, applies, writes one status. All branching is in decide.ts. */
import { finalizers, labels } from '../../api/constants.ts';
import { nodes as nodeResource, pods as podResource, virtualMachineInstances } from '../../api/kinds.ts';
import type { Node, Pod, Vmi } from '../../api/types.ts';
import { bound } from '../../kube/bound.ts';
import { findObject } from '../../kube/find.ts';
import { isNotFound, keyOf, priorityOf } from '../../kube/types.ts';
import type {
  EventRecorder,
  Informer,
  Key,
  KubeClient,
  ReconcileResult,
  WorkQueue,
} from '../../kube/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { writeMetadata, writeStatus } from '../../status/write-status.ts';
import { rememberCreated } from '../support/created.ts';
import type { Created } from '../support/created.ts';
import { isPodOf } from '../../pod/facts.ts';
import { untilItPasses } from '../support/until-it-passes.ts';
import { rememberWritten } from '../support/written.ts';
import { createAwaited } from '../support/awaited.ts';
import type { Awaited, Follow } from '../support/awaited.ts';
import type { Growth } from './claims/growth.ts';
import { settleClaims } from './claims/settle.ts';
import { createPod } from './create-pod.ts';
import { currentPod, decideCreateFailure, decideVmi, stuckIn } from './decide.ts';
import type { VmiPlan, VmiSnapshot } from './decide.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { nodeHealth } from './node-health.ts';
import type { NodeHealth } from './node-health.ts';
import { desiredPod } from './pod.ts';
import type { DesiredPod } from './pod.ts';
import type { PodEvents } from './pod-events.ts';
import { isRefusal, refusalReason } from './refusal.ts';

export interface VmiControllerDeps {
  client: KubeClient;
  vmis: Informer<Vmi>;
  /** With `podIndexes`. */
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  /** What is said of pods that do not start. */
  podEvents: PodEvents;
  queue: WorkQueue;
  events: EventRecorder;
  log: Logger;
  /** Asked at every decision: the cluster's configuration may change. */
  config: () => LauncherConfig;
  now: () => Date;
  /** Tells of one object that an instance waits for. */
  follow: Follow;
  growth: Pick<Growth, 'settle'>;
}

/** When a watch is this late, the cache is asked again. */
const staleMs = 1_000;

const byOwner = 'controller-uid';

/** Index that the pods' informer must have. */
export const podIndexes = {
  [byOwner]: (pod: Pod): readonly string[] =>
    (pod.metadata.ownerReferences ?? [])
      .filter((owner) => owner.controller === true)
      .map((owner) => owner.uid),
};

/** Reacts to changes of VMIs, their pods and their nodes; returns what the queue's workers run. */
export function createVmiController(
  deps: VmiControllerDeps,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const awaited = createAwaited(deps.follow, deps.queue);
  const created = rememberCreated(deps.now);
  const written = rememberWritten();
  deps.vmis.onChange(({ type, object }) => {
    if (type !== 'deleted') return;
    written.forget(object);
    awaited.expect(keyOf(object), []);
  });
  deps.pods.onChange(({ object }) => created.seen(object.metadata.uid));
  enqueueOnChange(deps);
  return async (key, signal) => {
    const vmi = deps.vmis.get(key);
    if (vmi === undefined) {
      deps.podEvents.release(key);
      return {};
    }
    // The change that shows our write brings the next look.
    if (written.isBehind(vmi)) return { requeueAfterMs: staleMs };
    const missingForMs = created.missingForMs(vmi.metadata.uid);
    if (missingForMs > 0) return { requeueAfterMs: missingForMs };
    const client = written.noting(bound(deps.client, signal));
    // The change that shows what was written brings the next look.
    if (await deps.growth.settle(client, vmi)) return {};
    const node = await healthOf({ ...deps, client }, vmi);
    const pods = deps.pods.byIndex(byOwner, vmi.metadata.uid).filter((pod) => isPodOf(pod, vmi));
    const plan = decideVmi(withTrouble(deps, { vmi, pods, node }), deps.now());
    await apply({ ...deps, awaited, created, client }, vmi, plan);
    return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
  };
}

/** Asks what is said of the pod while it is stuck, and only then. */
function withTrouble({ podEvents, now }: VmiControllerDeps, seen: VmiSnapshot): VmiSnapshot {
  const key = keyOf(seen.vmi);
  const pod = stuckIn(seen, now()) === 0 ? currentPod(seen.pods) : undefined;
  if (pod !== undefined) return { ...seen, trouble: podEvents.follow(key, pod) };
  podEvents.release(key);
  return seen;
}

function enqueueOnChange({ vmis, pods, nodes, queue }: VmiControllerDeps): void {
  vmis.onChange(({ object }, origin) => queue.add(keyOf(object), priorityOf(origin)));
  pods.onChange(({ object }, origin) => {
    const owner = object.metadata.ownerReferences?.find((candidate) => candidate.controller === true);
    if (owner?.kind !== virtualMachineInstances.kind) return;
    queue.add({ name: owner.name, ...namespaceOf(object) }, priorityOf(origin));
  });
  nodes.onChange((change) => {
    // A node's heartbeats say nothing new about its guests; coming and going and readiness do.
    if (change.type === 'updated' && readiness(change.object) === readiness(change.previous)) return;
    const name = change.object.metadata.name;
    for (const vmi of vmis.all()) {
      if (vmi.status?.nodeName === name) queue.add(keyOf(vmi), 'low');
    }
  });
}

const namespaceOf = ({ metadata }: Pod): { namespace?: string } =>
  metadata.namespace === undefined ? {} : { namespace: metadata.namespace };

const readiness = (node: Node): string | undefined =>
  node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;

/** A node that only the cache does not know, because it is new, has not taken its guests with it. */
async function healthOf({ client, nodes, now }: VmiControllerDeps, vmi: Vmi): Promise<NodeHealth> {
  const { nodeName: name = '', phase } = vmi.status ?? {};
  if (name === '' || (phase !== 'Scheduled' && phase !== 'Running')) return { state: 'alive' };
  return nodeHealth(
    name,
    nodes.get({ name }) ?? (await findObject<Node>(client, nodeResource, { name })),
    now(),
  );
}

type Hands = VmiControllerDeps & { created: Created; awaited: Awaited };

async function apply(deps: Hands, vmi: Vmi, plan: VmiPlan): Promise<void> {
  await deletePods(deps, vmi, plan);
  if (plan.removeFinalizer) {
    await removeFinalizer(deps, vmi);
    return;
  }
  const held = plan.addFinalizer ? await addFinalizer(deps, vmi) : vmi;
  if (plan.createPod) {
    const launcherPod = (instance: Vmi): DesiredPod => desiredPod(instance, deps.config());
    const settled = await settleClaims({ ...deps, launcherPod }, held);
    // The pod's own event brings the next decision: no status says what is not yet so.
    if (settled !== undefined) await createOrExplain(deps, settled);
    return;
  }
  await writeDecision(deps, held, plan);
}

/** Label and status, of which only what changed is written. */
async function writeDecision(deps: VmiControllerDeps, vmi: Vmi, plan: VmiPlan): Promise<void> {
  const current =
    plan.nodeLabel === undefined
      ? vmi
      : await writeMetadata(deps.client, virtualMachineInstances, vmi, {
          labels: { [labels.nodeName]: plan.nodeLabel },
        });
  const written = await writeStatus(deps.client, virtualMachineInstances, current, plan.status);
  if (!written) return;
  // Told only once the status is stored, so that a decision that lost a race leaves no event behind.
  for (const event of plan.events) deps.events.record(vmi, event.type, event.reason, event.message);
  if (plan.status.phase !== vmi.status?.phase) {
    deps.log.info('phase changed', { ...keyOf(vmi), uid: vmi.metadata.uid, phase: plan.status.phase ?? '' });
  }
}

function addFinalizer({ client }: VmiControllerDeps, vmi: Vmi): Promise<Vmi> {
  const wanted = [...(vmi.metadata.finalizers ?? []), finalizers.vmi];
  return writeMetadata(client, virtualMachineInstances, vmi, { finalizers: wanted });
}

async function deletePods({ client, events }: VmiControllerDeps, vmi: Vmi, plan: VmiPlan): Promise<void> {
  for (const { pod, gracePeriodSeconds } of plan.deletePods) {
    try {
      await client.delete(podResource, keyOf(pod), { gracePeriodSeconds, uid: pod.metadata.uid });
      events.record(vmi, 'Normal', 'SuccessfulDelete', `Deleted virtual machine pod ${pod.metadata.name}`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

async function removeFinalizer({ client }: VmiControllerDeps, vmi: Vmi): Promise<void> {
  const kept = (vmi.metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.vmi);
  try {
    await writeMetadata(client, virtualMachineInstances, vmi, { finalizers: kept });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function createOrExplain(deps: Hands, vmi: Vmi): Promise<void> {
  const pod = desiredPod(vmi, deps.config());
  try {
    const created = await createPod(deps.client, vmi, pod);
    if (created === undefined) return;
    const shown = deps.pods.get(keyOf(created))?.metadata.uid === created.metadata.uid;
    if (!shown) deps.created.add(vmi.metadata.uid, created.metadata.uid);
    const message = `Created virtual machine pod ${pod.metadata.name}`;
    deps.events.record(vmi, 'Normal', 'SuccessfulCreate', message);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const message = `cannot create the launcher pod: ${messageOf(error)}`;
    const problem = { reason: refusalReason(error), message };
    const { status, event } = decideCreateFailure(vmi, problem, deps.now());
    await writeStatus(deps.client, virtualMachineInstances, vmi, status);
    deps.events.record(vmi, event.type, event.reason, event.message);
    // Quotas are raised and policies changed without an event for us: the queue's back-off tries again.
    throw untilItPasses(error);
  }
}
