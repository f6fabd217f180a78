/** Carries out what was decided about a VM. */
import { annotations, finalizers } from '../../api/constants.ts';
import { virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import { ApiError, TransportError, isNotFound, keyOf } from '../../kube/types.ts';
import type { JsonPatchOperation, KubeClient } from '../../kube/types.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import { writeMetadata, writeStatus } from '../../status/write-status.ts';
import { untilItPasses } from '../support/until-it-passes.ts';
import { adopt } from './adopt.ts';
import { createInstance } from './create-instance.ts';
import type { CreateDeps } from './create-instance.ts';
import { decideFailure } from './decide.ts';
import type { Moment, VmPlan, VmSnapshot } from './decide.ts';
import type { Action } from './strategy.ts';

export interface Hands extends CreateDeps {
  /** Notes the versions that writes of VMs return. */
  vmClient: KubeClient;
}

/** Writes what was decided: each write is safe to repeat. */
export async function apply(deps: Hands, seen: VmSnapshot, plan: VmPlan, moment: Moment): Promise<void> {
  if (plan.removeFinalizer) {
    await removeFinalizer(deps.vmClient, seen.vm);
    return;
  }
  const vm = plan.addFinalizer ? await addFinalizer(deps.vmClient, seen.vm) : seen.vm;
  // The instance's own event brings the next decision.
  if (plan.adopt && seen.vmi !== undefined) return adopt(deps.client, vm, seen.vmi);
  if (plan.action.do === 'create') {
    // The instance's own event brings the status: it would be out of date before it was written.
    await explain(deps, { ...seen, vm }, moment, () => createInstance(deps, vm));
    return;
  }
  // Before the instance goes: what it failed of would else be forgotten by a crash in between.
  await writeStatus(deps.vmClient, virtualMachines, vm, plan.status);
  await act(deps, { ...seen, vm }, plan).catch((error: unknown) => {
    // An event alone: a condition would be written by this and removed by the next decision, for ever.
    const { reason, what } = refusals[plan.action.do];
    if (isRefusal(error)) deps.events.record(vm, 'Warning', reason, `Error ${what}: ${messageOf(error)}`);
    throw untilItPasses(error);
  });
}

const update = { reason: 'FailedUpdate', what: 'updating the virtual machine' };
const removal = { reason: 'FailedDelete', what: 'deleting virtual machine instance' };
const creation = { reason: 'FailedCreate', what: 'creating virtual machine instance' };

const refusals: Record<Action['do'], { reason: string; what: string }> = {
  nothing: update,
  create: creation,
  delete: removal,
  replace: removal,
  'switch-on': update,
  wait: update,
};

async function act(deps: Hands, { vm, vmi }: VmSnapshot, plan: VmPlan): Promise<void> {
  if (plan.action.do === 'switch-on') await switchOn(deps.vmClient, vm);
  if (vmi !== undefined && plan.generation !== undefined) await carry(deps.client, vmi, plan.generation);
  if (vmi === undefined || (plan.action.do !== 'delete' && plan.action.do !== 'replace')) return;
  try {
    await deps.client.delete(virtualMachineInstances, keyOf(vmi), { uid: vmi.metadata.uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const message = `Stopped the virtual machine by deleting the virtual machine instance ${vmi.metadata.uid}`;
  deps.events.record(vm, 'Normal', 'SuccessfulDelete', message);
}

/** Runs a write; when the API server says no, the VM says why, and the queue tries again later. */
async function explain(
  deps: Hands,
  seen: VmSnapshot,
  moment: Moment,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const reason = error instanceof ApiError ? creation.reason : error.reason;
    const failure = { reason, message: `Error ${creation.what}: ${messageOf(error)}` };
    deps.events.record(seen.vm, 'Warning', failure.reason, failure.message);
    await writeStatus(deps.vmClient, virtualMachines, seen.vm, decideFailure(seen, failure, moment));
    throw untilItPasses(error);
  }
}

/** The API server said no, or we did, for a reason that lasts; conflicts and overload pass by themselves. */
export function isRefusal(error: unknown): error is MonovirtError {
  if (error instanceof ApiError) return [400, 403, 422].includes(error.status);
  return error instanceof MonovirtError && !(error instanceof TransportError);
}

/** Writes whichever of the two fields the user chose; the test keeps a newer wish from being undone. */
async function switchOn(client: KubeClient, vm: Vm): Promise<void> {
  const legacy = vm.spec.running !== undefined;
  const path = legacy ? '/spec/running' : '/spec/runStrategy';
  const current = legacy ? vm.spec.running : vm.spec.runStrategy;
  const operations: JsonPatchOperation[] = [
    ...(current === undefined ? [] : [{ op: 'test' as const, path, value: current }]),
    { op: 'add', path, value: legacy ? true : 'Always' },
  ];
  await client.patch<Vm>(virtualMachines, keyOf(vm), { type: 'json', operations });
}

/** Lets an instance that is what its VM describes say so. */
async function carry(client: KubeClient, vmi: Vmi, generation: string): Promise<void> {
  await writeMetadata(client, virtualMachineInstances, vmi, {
    annotations: { [annotations.vmGeneration]: generation },
  });
}

function addFinalizer(client: KubeClient, vm: Vm): Promise<Vm> {
  const wanted = [...(vm.metadata.finalizers ?? []), finalizers.vm];
  return writeMetadata(client, virtualMachines, vm, { finalizers: wanted });
}

async function removeFinalizer(client: KubeClient, vm: Vm): Promise<void> {
  const kept = (vm.metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.vm);
  try {
    await writeMetadata(client, virtualMachines, vm, { finalizers: kept });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
