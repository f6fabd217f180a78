/** KubeVirt object → the release's instancetypes and preferences: reads caches, decides, applies. */
import type { KubeObject, KubeVirt, OwnerReference } from '../../api/types.ts';
import { managedLabels } from '../../install/installation.ts';
import { fieldManager, inForce } from '../../install/kubevirt/controller.ts';
import { bound } from '../../kube/bound.ts';
import { isNotFound, keyOf } from '../../kube/types.ts';
import type { Informer, Key, KubeClient, ReconcileResult, WorkQueue } from '../../kube/types.ts';
import type { Logger } from '../../support/log.ts';
import { catalogue, digestLabel } from './objects.ts';
import type { CatalogueObject } from './objects.ts';
import { planCatalogue, wantsCatalogue } from './plan.ts';

export interface CatalogueDeps {
  client: KubeClient;
  kubeVirts: Informer<KubeVirt>;
  /** Our own namespace alone: the catalogue goes with it. */
  namespaces: Informer<KubeObject>;
  /** Every instancetype and preference, by the plural of its kind. */
  described: ReadonlyMap<string, Informer<KubeObject>>;
  queue: WorkQueue;
  log: Logger;
  /** Of the release. */
  version: string;
}

/** There is one catalogue. */
export const catalogueKey: Key = { name: 'catalogue' };

/** Reacts, until `leading` aborts, to the KubeVirt object and to changes of what the release has brought. */
export function createCatalogueController(
  deps: CatalogueDeps,
  leading: AbortSignal,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const entries = catalogue(deps.version);
  const kinds = [...new Set(entries.map(({ resource }) => resource))];
  const look = (): void => deps.queue.add(catalogueKey);
  deps.kubeVirts.onChange(look, leading);
  deps.namespaces.onChange(look);
  for (const { plural } of kinds) {
    deps.described.get(plural)?.onChange(({ type, object }) => {
      // What we have just made needs no look.
      const ours = object.metadata.labels?.[digestLabel] !== undefined;
      if (type === 'deleted' || (type === 'updated' && ours)) look();
    });
  }
  look();
  return async (_key, signal) => {
    const client = bound(deps.client, signal);
    const [namespace] = deps.namespaces.all();
    if (namespace === undefined) return {};
    const going = namespace.metadata.deletionTimestamp !== undefined;
    const wanted = !going && wantsCatalogue(inForce(deps.kubeVirts.all()));
    for (const resource of kinds) {
      const live = deps.described.get(resource.plural)?.all() ?? [];
      const { apply, remove } = planCatalogue(
        entries.filter((entry) => entry.resource === resource),
        wanted,
        live,
      );
      if (apply.length + remove.length === 0) continue;
      deps.log.info('changing the catalogue', {
        kind: resource.kind,
        apply: apply.length,
        remove: remove.length,
      });
      for (const entry of apply) await write(client, entry, namespace);
      for (const object of remove) await client.delete(resource, keyOf(object)).catch(ignoreMissing);
    }
    return {};
  };
}

async function write(
  client: KubeClient,
  { resource, object }: CatalogueObject,
  namespace: KubeObject,
): Promise<void> {
  const owner: OwnerReference = {
    apiVersion: 'v1',
    kind: 'Namespace',
    name: namespace.metadata.name,
    uid: namespace.metadata.uid,
  };
  const metadata = {
    ...object.metadata,
    labels: { ...object.metadata.labels, ...managedLabels },
    ownerReferences: [owner],
  };
  await client.apply(resource, { ...object, metadata }, { fieldManager, force: true });
}

function ignoreMissing(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
