/** Makes the instance of a VM, once, with a record of what it was made from. */
import { virtualMachineInstances } from '../../api/kinds.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import { ApiError, keyOf } from '../../kube/types.ts';
import type { EventRecorder, Informer, KubeClient } from '../../kube/types.ts';
import type { Created } from '../support/created.ts';
import { foreignInstance } from './decide.ts';
import type { Template } from './expand.ts';
import { desiredVmi } from './instance.ts';
import type { DesiredVmi } from './instance.ts';
import { dropOlderRevisions, keepStartRevision } from './start-revision.ts';
import { isInstanceOf } from './vmi-facts.ts';

export interface CreateDeps {
  client: KubeClient;
  vmis: Informer<Vmi>;
  events: EventRecorder;
  created: Created;
  expand: (vm: Vm) => Promise<Template>;
}

/**
 * Creates the instance, after the revision that says what it was made from.
 * @throws MonovirtError FailedCreate when the name is taken, or what `expand` throws.
 * @throws ApiError when the API server refuses it.
 */
export async function createInstance(deps: CreateDeps, vm: Vm): Promise<void> {
  const { client, events } = deps;
  const desired = desiredVmi(vm, await deps.expand(vm));
  const firstOfGeneration = await keepStartRevision(client, vm);
  if (!(await create(deps, vm, desired))) return;
  const message = `Started the virtual machine by creating the new virtual machine instance ${vm.metadata.name}`;
  events.record(vm, 'Normal', 'SuccessfulCreate', message);
  const startedBefore = vm.status?.runStrategy !== undefined;
  if (!firstOfGeneration || !startedBefore) return;
  // The VM runs: what could not be tidied up now is tidied up at the next start.
  await dropOlderRevisions(client, vm).catch(() => undefined);
}

/** @returns false when the instance is there already. */
async function create(deps: CreateDeps, vm: Vm, desired: DesiredVmi): Promise<boolean> {
  try {
    const { metadata } = await deps.client.create<Vmi>(virtualMachineInstances, desired);
    const shown = deps.vmis.get(keyOf(vm))?.metadata.uid === metadata.uid;
    if (!shown) deps.created.add(vm.metadata.uid, metadata.uid);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
  const existing = await deps.client.get<Vmi>(virtualMachineInstances, keyOf(vm));
  if (!isInstanceOf(existing, vm)) throw foreignInstance(existing);
  return false;
}
