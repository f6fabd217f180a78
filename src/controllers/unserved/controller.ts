/** Tells on the objects themselves that nothing acts on them. */
import type { Resource } from '../../api/kinds.ts';
import { bound } from '../../kube/bound.ts';
import { keyOf } from '../../kube/types.ts';
import type { Informer, KubeClient, WorkQueue } from '../../kube/types.ts';
import type { Reconcile } from '../../kube/work-queue.ts';
import { writeStatus } from '../../status/write-status.ts';
import { rememberWritten } from '../support/written.ts';
import { unservedStatus } from './status.ts';
import type { Unserved } from './status.ts';

export interface UnservedControllerDeps {
  client: KubeClient;
  resource: Resource;
  /** Objects trimmed by `trimUnserved`. */
  objects: Informer<Unserved>;
  queue: WorkQueue;
  now: () => Date;
}

/** One for each kind: writes a status once, and again only when somebody has changed it. */
export function createUnservedController(deps: UnservedControllerDeps): Reconcile {
  const { client, resource, objects, queue, now } = deps;
  const written = rememberWritten();
  objects.onChange(({ type, object }) => {
    if (type === 'deleted') written.forget(object);
    else queue.add(keyOf(object), 'low');
  });
  return async (key, signal) => {
    const object = objects.get(key);
    // The change that shows our write brings the next look.
    if (object === undefined || written.isBehind(object)) return {};
    if (object.metadata.deletionTimestamp !== undefined) return {};
    const noting = written.noting(bound(client, signal));
    await writeStatus(noting, resource, object, unservedStatus(resource, object, now()));
    return {};
  };
}

/** All that a status is made of: templates are large, and nobody reads them. */
export function trimUnserved({ metadata, spec, status }: Unserved): Unserved {
  const { annotations: _, ...kept } = metadata;
  const selector = spec?.selector;
  return {
    metadata: kept,
    ...(selector !== undefined && { spec: { selector } }),
    ...(status !== undefined && { status }),
  };
}
