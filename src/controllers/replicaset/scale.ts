/** Creates and deletes instances of a replica set. */
import { virtualMachineInstances } from '../../api/kinds.ts';
import type { ReplicaSet, Vmi } from '../../api/types.ts';
import { isNotFound, keyOf } from '../../kube/types.ts';
import type { EventRecorder, Informer, KubeClient } from '../../kube/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { Created } from '../support/created.ts';
import { desiredReplica } from './instance.ts';

export interface ScaleDeps {
  client: KubeClient;
  vmis: Informer<Vmi>;
  events: EventRecorder;
  created: Created;
  /** Uids of deleted instances, until the cache shows it. */
  deleted: Set<string>;
}

export interface Refusal {
  reason: 'FailedCreate' | 'FailedDelete';
  error: unknown;
}

/** Creates instances, few at first: when the API server refuses, it has not been asked hundreds of times. */
export async function createReplicas(
  deps: ScaleDeps,
  replicaSet: ReplicaSet,
  count: number,
): Promise<Refusal | undefined> {
  for (let done = 0, batch = 1; done < count; done += batch, batch *= 2) {
    const wanted = Math.min(batch, count - done);
    const outcomes = await Promise.allSettled(
      Array.from({ length: wanted }, () => createReplica(deps, replicaSet)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) return { reason: 'FailedCreate', error: failed.reason };
  }
  return undefined;
}

async function createReplica(deps: ScaleDeps, replicaSet: ReplicaSet): Promise<void> {
  const { client, events, vmis, created } = deps;
  try {
    const vmi = await client.create<Vmi>(virtualMachineInstances, desiredReplica(replicaSet));
    const { name, uid } = vmi.metadata;
    if (vmis.get(keyOf(vmi))?.metadata.uid !== uid) created.add(replicaSet.metadata.uid, uid);
    const message = `Started the virtual machine by creating the new virtual machine instance ${name}`;
    events.record(replicaSet, 'Normal', 'SuccessfulCreate', message);
  } catch (error) {
    const message = `Error creating virtual machine instance: ${messageOf(error)}`;
    events.record(replicaSet, 'Warning', 'FailedCreate', message);
    throw error;
  }
}

/** @param why what is said of each instance, before its uid */
export async function deleteReplicas(
  deps: ScaleDeps,
  replicaSet: ReplicaSet,
  vmis: readonly Vmi[],
  why: string,
): Promise<Refusal | undefined> {
  const outcomes = await Promise.allSettled(vmis.map((vmi) => deleteReplica(deps, replicaSet, vmi, why)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return failed === undefined ? undefined : { reason: 'FailedDelete', error: failed.reason };
}

async function deleteReplica(
  { client, events, deleted, vmis }: ScaleDeps,
  replicaSet: ReplicaSet,
  vmi: Vmi,
  why: string,
): Promise<void> {
  const { name, uid } = vmi.metadata;
  deleted.add(uid);
  try {
    await client.delete(virtualMachineInstances, keyOf(vmi), { uid });
  } catch (error) {
    deleted.delete(uid);
    if (isNotFound(error)) return;
    const message = `Error deleting virtual machine instance ${name}: ${messageOf(error)}`;
    events.record(replicaSet, 'Warning', 'FailedDelete', message);
    throw error;
  }
  // Its last event may have come before the answer.
  if (vmis.get(keyOf(vmi))?.metadata.uid !== uid) deleted.delete(uid);
  events.record(replicaSet, 'Normal', 'SuccessfulDelete', `${why} ${uid}`);
}
