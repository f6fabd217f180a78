/** Replica set → instances: reads the caches, decides, applies, writes one status. All branching is in decide.ts. */
import { replicaSets, virtualMachineInstances } from '../../api/kinds.ts';
import type { ReplicaSet, Vmi } from '../../api/types.ts';
import { bound } from '../../kube/bound.ts';
import { findObject } from '../../kube/find.ts';
import { keyOf } from '../../kube/types.ts';
import type {
  EventRecorder,
  Informer,
  Key,
  KubeClient,
  ReconcileResult,
  WorkQueue,
} from '../../kube/types.ts';
import { isConditionTrue } from '../../status/conditions.ts';
import { writeMetadata, writeStatus } from '../../status/write-status.ts';
import { messageOf } from '../../support/errors.ts';
import { rememberCreated } from '../support/created.ts';
import { untilItPasses } from '../support/until-it-passes.ts';
import { rememberWritten } from '../support/written.ts';
import { decideReplicaSet, withFailure } from './decide.ts';
import type { ReplicaSetPlan } from './decide.ts';
import { controllerOf, isSelected, memberIndex, orphanKey, ownerReferenceTo } from './members.ts';
import { createReplicas, deleteReplicas } from './scale.ts';
import type { Refusal, ScaleDeps } from './scale.ts';

export interface ReplicaSetControllerDeps {
  client: KubeClient;
  replicaSets: Informer<ReplicaSet>;
  /** With the indexes of members.ts. */
  vmis: Informer<Vmi>;
  queue: WorkQueue;
  events: EventRecorder;
  now: () => Date;
}

/** Instances change in bursts; one look is enough for one. */
const settleMs = 100;
/** When a watch is this late, the cache is asked again. */
const staleMs = 1_000;

/** Reacts to changes of replica sets and instances; returns what the queue's workers run. */
export function createReplicaSetController(
  deps: ReplicaSetControllerDeps,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const created = rememberCreated(deps.now);
  const written = rememberWritten();
  const deleted = new Set<string>();
  deps.replicaSets.onChange(({ type, object }, origin) => {
    if (type === 'deleted') written.forget(object);
    deps.queue.add(keyOf(object), origin === 'relist' ? 'low' : 'normal');
  });
  deps.vmis.onChange((change) => {
    const { type, object } = change;
    created.seen(object.metadata.uid);
    if (type === 'deleted' || object.metadata.deletionTimestamp !== undefined)
      deleted.delete(object.metadata.uid);
    for (const key of concerned(deps, object)) deps.queue.addAfter(key, settleMs);
    // What has lost its set, or its labels, is to be let go or replaced.
    if (type === 'updated')
      for (const key of concerned(deps, change.previous)) deps.queue.addAfter(key, settleMs);
  });
  return async (key, signal) => {
    const replicaSet = deps.replicaSets.get(key);
    if (replicaSet === undefined) return {};
    if (written.isBehind(replicaSet)) return { requeueAfterMs: staleMs };
    const { uid, namespace } = replicaSet.metadata;
    const missingForMs = created.missingForMs(uid);
    if (missingForMs > 0) return { requeueAfterMs: missingForMs };
    const vmis = [uid, orphanKey(namespace)].flatMap((value) => deps.vmis.byIndex(memberIndex, value));
    const plan = decideReplicaSet({ replicaSet, vmis, deleted }, deps.now());
    const client = bound(deps.client, signal);
    await claim(client, replicaSet, plan);
    const hands = { ...deps, client, created, deleted };
    const refusal = await scale(hands, replicaSet, plan);
    await report({ ...deps, client: written.noting(client) }, replicaSet, plan, refusal);
    if (refusal !== undefined) throw untilItPasses(refusal.error);
    return plan.againAfterMs === undefined ? {} : { requeueAfterMs: plan.againAfterMs };
  };
}

/** Keys of the replica sets that have to look at an instance: the one that controls it, or all that want it. */
function concerned({ replicaSets: sets }: ReplicaSetControllerDeps, vmi: Vmi): Key[] {
  const { namespace } = vmi.metadata;
  const controller = controllerOf(vmi);
  if (controller === undefined) {
    const wanting = sets.all().filter((set) => set.metadata.namespace === namespace && isSelected(set, vmi));
    return wanting.map(keyOf);
  }
  if (controller.kind !== replicaSets.kind || namespace === undefined) return [];
  return [{ namespace, name: controller.name }];
}

async function claim(client: KubeClient, replicaSet: ReplicaSet, plan: ReplicaSetPlan): Promise<void> {
  for (const vmi of plan.release) {
    const ownerReferences = (vmi.metadata.ownerReferences ?? []).filter(
      (owner) => owner.uid !== replicaSet.metadata.uid,
    );
    await writeMetadata(client, virtualMachineInstances, vmi, { ownerReferences });
  }
  if (plan.adopt.length === 0) return;
  // The cache may not show yet that it was deleted and its instances left to live.
  const fresh = await findObject<ReplicaSet>(client, replicaSets, keyOf(replicaSet));
  if (fresh?.metadata.uid !== replicaSet.metadata.uid || fresh.metadata.deletionTimestamp !== undefined)
    return;
  for (const vmi of plan.adopt) {
    const ownerReferences = [...(vmi.metadata.ownerReferences ?? []), ownerReferenceTo(replicaSet)];
    await writeMetadata(client, virtualMachineInstances, vmi, { ownerReferences });
  }
}

async function scale(
  deps: ScaleDeps,
  replicaSet: ReplicaSet,
  plan: ReplicaSetPlan,
): Promise<Refusal | undefined> {
  // What is adopted counts from its next event on; to create before would be one too many.
  if (plan.adopt.length > 0) return undefined;
  const stopped = 'Stopped the virtual machine by deleting the virtual machine instance';
  return (
    (await createReplicas(deps, replicaSet, plan.create)) ??
    (await deleteReplicas(deps, replicaSet, plan.remove, stopped)) ??
    (await deleteReplicas(deps, replicaSet, plan.clean, 'Deleted finished virtual machine:'))
  );
}

async function report(
  { client, events, now }: ReplicaSetControllerDeps,
  replicaSet: ReplicaSet,
  plan: ReplicaSetPlan,
  refusal: Refusal | undefined,
): Promise<void> {
  const failure = refusal && { reason: refusal.reason, message: messageOf(refusal.error) };
  const status = failure === undefined ? plan.status : withFailure(plan, replicaSet, failure, now());
  await writeStatus(client, replicaSets, replicaSet, status);
  const [was, is] = [replicaSet.status, status].map((each) =>
    isConditionTrue(each?.conditions, 'ReplicaPaused'),
  );
  if (was === is) return;
  events.record(
    replicaSet,
    'Normal',
    is ? 'SuccessfulPaused' : 'SuccessfulResumed',
    is ? 'Paused' : 'Resumed',
  );
}
