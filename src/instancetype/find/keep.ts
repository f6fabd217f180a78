/** Keeps what a VM names, so that the VM stays the same until its user wants otherwise. */
import { controllerRevisions } from '../../api/kinds.ts';
import type { Vm } from '../../api/types.ts';
import { sameJson } from '../../api/same-json.ts';
import { ApiError, isNotFound } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Found } from './find.ts';
import type { Ref } from './matchers.ts';
import { revisionFor } from './revision.ts';
import type { DesiredRevision, Revision } from './revision.ts';

/**
 * Makes the revision of what was found, unless there is one, and says what the VM's status is to name.
 * @throws MonovirtError FailedCreate, `quiet` while a former VM of that name is still being collected
 */
export async function keep(client: KubeClient, vm: Vm, found: Found): Promise<Ref> {
  if (found.original === undefined) return found.ref;
  const revision = revisionFor(vm, found.original.object, found.original.resource);
  try {
    await client.create<Revision>(controllerRevisions, revision);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    await demandSame(client, revision, vm);
  }
  return { ...found.ref, controllerRevisionRef: { name: revision.metadata.name } };
}

async function demandSame(client: KubeClient, wanted: DesiredRevision, vm: Vm): Promise<void> {
  const { name, namespace = 'default' } = wanted.metadata;
  const existing = await client
    .get<Revision>(controllerRevisions, { name, namespace })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
  const owned = existing?.metadata.ownerReferences?.some(({ uid }) => uid === vm.metadata.uid) === true;
  if (!owned) {
    const message = `ControllerRevision ${namespace}/${name} of a former VirtualMachine is still there`;
    throw new MonovirtError('FailedCreate', message, 'quiet');
  }
  if (sameJson(existing?.data?.spec, wanted.data?.spec)) return;
  throw new MonovirtError(
    'FailedCreate',
    `found existing ControllerRevision with unexpected data: ${namespace}/${name}; delete it`,
  );
}
