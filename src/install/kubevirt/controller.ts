/** KubeVirt object → installation: reads the caches, decides, applies, writes one status. */
import { createHash } from 'node:crypto';
import { labels } from '../../api/constants.ts';
import {
  kubeVirts,
  nodes as nodeResource,
  replicaSets,
  virtualMachineInstances,
  virtualMachines,
} from '../../api/kinds.ts';
import { labelChanges } from '../../api/node-labels.ts';
import type { Resource } from '../../api/kinds.ts';
import type { KubeObject, KubeVirt, Node, ReplicaSet, Vm, Vmi } from '../../api/types.ts';
import { bound } from '../../kube/bound.ts';
import { isNotFound, keyOf, keyString } from '../../kube/types.ts';
import type { Informer, Key, KubeClient, ReconcileResult, WorkQueue } from '../../kube/types.ts';
import type { Logger } from '../../support/log.ts';
import { writeMetadata, writeStatus } from '../../status/write-status.ts';
import type { Installation } from '../installation.ts';
import { allObjects } from '../objects/all.ts';
import type { Desired } from '../objects/desired.ts';
import { decideInstall, kubeVirtFinalizer } from './decide.ts';
import type { InstallPlan, InstallSnapshot } from './decide.ts';
import type { Versions } from './status.ts';

export interface InstallControllerDeps {
  client: KubeClient;
  kubeVirts: Informer<KubeVirt>;
  vms: Informer<Vm>;
  vmis: Informer<Vmi>;
  replicaSets: Informer<ReplicaSet>;
  nodes: Informer<Node>;
  /** Our own namespace alone. */
  namespaces: Informer<KubeObject>;
  /** A cache for every kind that an installation makes, of what carries `managedLabel`. */
  owned: ReadonlyMap<string, Informer<KubeObject>>;
  queue: WorkQueue;
  log: Logger;
  /** Undefined until there are certificates. */
  installation: () => Installation | undefined;
  versions: Omit<Versions, 'deployment'>;
  now: () => Date;
}

export const fieldManager = 'virt-operator';

/** Reacts, until `leading` aborts, to KubeVirt objects and to whatever happens to what they own. */
export function createInstallController(
  deps: InstallControllerDeps,
  leading: AbortSignal,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const enqueueAll = (): void => {
    for (const kubeVirt of deps.kubeVirts.all()) deps.queue.add(keyOf(kubeVirt));
  };
  // The one cache here that outlives a leadership.
  deps.kubeVirts.onChange(enqueueAll, leading);
  deps.namespaces.onChange(enqueueAll);
  for (const informer of deps.owned.values()) informer.onChange(enqueueAll);
  for (const workloads of [deps.vms, deps.vmis, deps.replicaSets]) {
    workloads.onChange(({ type }) => {
      if (type === 'deleted' && deps.kubeVirts.all().some(isDeleting)) enqueueAll();
    });
  }
  return async (key, signal) => {
    const kubeVirt = deps.kubeVirts.get(key);
    const installation = deps.installation();
    if (kubeVirt === undefined || installation === undefined) return {};
    const plan = decideInstall(snapshot(deps, kubeVirt, installation), deps.now());
    await apply({ ...deps, client: bound(deps.client, signal) }, kubeVirt, plan);
    return {};
  };
}

const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

function snapshot(
  deps: InstallControllerDeps,
  kubeVirt: KubeVirt,
  installation: Installation,
): InstallSnapshot {
  const wanted = allObjects(installation);
  const deployment = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 40);
  return {
    kubeVirt,
    objects: wanted.map((desired) => ({
      desired,
      live: deps.owned.get(desired.resource.plural)?.get(keyFor(desired)),
    })),
    workloads: deps.vms.all().length + deps.vmis.all().length + deps.replicaSets.all().length,
    namespaceEnding: deps.namespaces.all().some(isDeleting),
    superseded: inForce(deps.kubeVirts.all())?.metadata.uid !== kubeVirt.metadata.uid,
    versions: { ...deps.versions, deployment },
  };
}

/** One KubeVirt object configures a cluster: the oldest. */
export function inForce(all: readonly KubeVirt[]): KubeVirt | undefined {
  const age = (object: KubeVirt): string =>
    `${object.metadata.creationTimestamp} ${keyString(keyOf(object))}`;
  return all.toSorted((a, b) => age(a).localeCompare(age(b)))[0];
}

function keyFor({ object: { metadata } }: Desired): Key {
  return metadata.namespace === undefined
    ? { name: metadata.name }
    : { namespace: metadata.namespace, name: metadata.name };
}

async function apply(deps: InstallControllerDeps, kubeVirt: KubeVirt, plan: InstallPlan): Promise<void> {
  const { client, log } = deps;
  // First: once the webhooks stand, every write to the object waits for a server to be reachable.
  const current = plan.addFinalizer
    ? await setFinalizers(client, kubeVirt, [...(kubeVirt.metadata.finalizers ?? []), kubeVirtFinalizer])
    : kubeVirt;
  for (const { resource, object } of plan.apply) {
    log.info('applying', { kind: resource.kind, name: object.metadata.name });
    await client.apply(resource, object, { fieldManager, force: true });
  }
  for (const desired of plan.remove) await remove(client, desired.resource, keyFor(desired));
  if (plan.deleteWorkloads) await deleteWorkloads(deps);
  if (plan.removeFinalizer) {
    await unlabelNodes(deps);
    await setFinalizers(client, kubeVirt, withoutOurs(kubeVirt));
    return;
  }
  await writeStatus(client, kubeVirts, current, plan.status);
}

const withoutOurs = (kubeVirt: KubeVirt): string[] =>
  (kubeVirt.metadata.finalizers ?? []).filter((finalizer) => finalizer !== kubeVirtFinalizer);

function setFinalizers(client: KubeClient, kubeVirt: KubeVirt, finalizers: string[]): Promise<KubeVirt> {
  return writeMetadata(client, kubeVirts, kubeVirt, { finalizers });
}

async function remove(client: KubeClient, resource: Resource, key: Key): Promise<void> {
  try {
    await client.delete(resource, key);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** What makes instances goes first, or it would make them again. */
async function deleteWorkloads(deps: InstallControllerDeps): Promise<void> {
  const { client, vms, vmis } = deps;
  const going: [Resource, Informer<KubeObject>][] = [
    [virtualMachines, vms],
    [replicaSets, deps.replicaSets],
    [virtualMachineInstances, vmis],
  ];
  for (const [resource, objects] of going) {
    for (const object of objects.all())
      if (!isDeleting(object)) await remove(client, resource, keyOf(object));
  }
}

/** No agent is left that could take a VM, or say which it could. */
async function unlabelNodes({ client, nodes }: InstallControllerDeps): Promise<void> {
  for (const node of nodes.all()) {
    const { [labels.schedulable]: schedulable, ...others } = node.metadata.labels ?? {};
    const changes = labelChanges(others, {});
    if (schedulable === undefined && Object.keys(changes).length === 0) continue;
    const body = { metadata: { labels: { ...changes, [labels.schedulable]: null } } };
    await client.patch(nodeResource, keyOf(node), { type: 'merge', body });
  }
}
