/** VM → VMI: reads the caches, decides, applies, writes one status. All branching is in decide.ts. */
import { finalizers } from '../../api/constants.ts';
import { virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import { bound } from '../../kube/bound.ts';
import { ApiError, TransportError, isNotFound, keyOf } from '../../kube/types.ts';
import type {
  Change,
  EventRecorder,
  Informer,
  JsonPatchOperation,
  Key,
  KubeClient,
  ReconcileResult,
  WorkQueue,
} from '../../kube/types.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import { writeMetadata, writeStatus } from '../../status/write-status.ts';
import { rememberCreated } from '../support/created.ts';
import type { Created } from '../support/created.ts';
import { rememberWritten } from '../support/written.ts';
import { decideFailure, decideVm, foreignInstance } from './decide.ts';
import type { Moment, VmPlan, VmSnapshot } from './decide.ts';
import { templateOf } from './expand.ts';
import type { Expand, Template } from './expand.ts';
import { desiredVmi } from './instance.ts';
import type { Action } from './strategy.ts';
import { isFinal, isInstanceOf } from './vmi-facts.ts';

export interface VmControllerDeps {
  client: KubeClient;
  vms: Informer<Vm>;
  vmis: Informer<Vmi>;
  queue: WorkQueue;
  events: EventRecorder;
  now: () => Date;
  /** In [0, 1): spreads starts that are tried again. */
  random: () => number;
  /** `templateOf` unless something beside the template describes guests. */
  expand?: Expand;
}

/** An instance changes in bursts, as when its guest runs and is ready; one status of the VM is enough for one. */
const settleMs = 100;
/** One that was just made says nothing yet, and will in a moment; if not, the VM says what it knows. */
const silentMs = 1_000;
/** When a watch is this late, the cache is asked again. */
const staleMs = 1_000;

/** Reacts to changes of VMs and their instances; returns what the queue's workers run. */
export function createVmController(
  deps: VmControllerDeps,
): (key: Key, signal: AbortSignal) => Promise<ReconcileResult> {
  const created = rememberCreated(deps.now);
  const written = rememberWritten();
  deps.vms.onChange(({ type, object }) => {
    if (type === 'deleted') written.forget(object);
    deps.queue.add(keyOf(object));
  });
  deps.vmis.onChange((change) => {
    created.seen(change.object.metadata.uid);
    enqueueOwner(deps.queue, change);
  });
  return async (key, signal) => {
    const vm = deps.vms.get(key);
    if (vm === undefined) return {};
    // The change that shows our write brings the next look.
    if (written.isBehind(vm)) return { requeueAfterMs: staleMs };
    const missingForMs = created.missingForMs(vm.metadata.uid);
    if (missingForMs > 0) return { requeueAfterMs: missingForMs };
    const seen = { vm, vmi: deps.vmis.get(key) };
    const moment = { now: deps.now(), random: deps.random() };
    const plan = decideVm(seen, moment);
    if (plan.action.do === 'nothing' && isSilent(seen.vmi, moment.now)) return { requeueAfterMs: silentMs };
    const client = written.noting(bound(deps.client, signal));
    const expand = (asked: Vm): Promise<Template> => (deps.expand ?? templateOf)(asked, signal);
    await apply({ ...deps, created, client, expand }, seen, plan, moment);
    return plan.action.do === 'wait' ? { requeueAfterMs: plan.action.ms } : {};
  };
}

function isSilent(vmi: Vmi | undefined, now: Date): boolean {
  if (vmi === undefined || vmi.status !== undefined) return false;
  // Times of creation are whole seconds.
  return now.getTime() - Date.parse(vmi.metadata.creationTimestamp) < silentMs + 1_000;
}

/** An instance has its VM's name: no look-up is needed. */
function enqueueOwner(queue: WorkQueue, change: Change<Vmi>): void {
  const urgent =
    change.type === 'deleted' || (change.type === 'updated' && isTurn(change.object, change.previous));
  if (urgent) queue.add(keyOf(change.object));
  else queue.addAfter(keyOf(change.object), change.object.status === undefined ? silentMs : settleMs);
}

/** What the VM has to act on; all else is only shown. */
function isTurn(object: Vmi, previous: Vmi): boolean {
  const ended = isFinal(object) && !isFinal(previous);
  return ended || object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp;
}

type Hands = Omit<VmControllerDeps, 'expand'> & { created: Created; expand: (vm: Vm) => Promise<Template> };

async function apply(deps: Hands, seen: VmSnapshot, plan: VmPlan, moment: Moment): Promise<void> {
  if (plan.removeFinalizer) {
    await removeFinalizer(deps.client, seen.vm);
    return;
  }
  const vm = plan.addFinalizer ? await addFinalizer(deps.client, seen.vm) : seen.vm;
  if (plan.action.do === 'create') {
    // The instance's own event brings the status: it would be out of date before it was written.
    await explain(deps, { ...seen, vm }, moment, () => create(deps, vm));
    return;
  }
  // Before the instance goes: what it failed of would else be forgotten by a crash in between.
  await writeStatus(deps.client, virtualMachines, vm, plan.status);
  await act(deps, { ...seen, vm }, plan).catch((error: unknown) => {
    // An event alone: a condition would be written by this and removed by the next decision, for ever.
    if (isRefusal(error)) deps.events.record(vm, 'Warning', refusalOf[plan.action.do], messageOf(error));
    throw error;
  });
}

const refusalOf: Record<Action['do'], string> = {
  nothing: 'FailedUpdate',
  create: 'FailedCreate',
  delete: 'FailedDelete',
  replace: 'FailedDelete',
  'switch-on': 'FailedUpdate',
  wait: 'FailedUpdate',
};

async function act(deps: Hands, { vm, vmi }: VmSnapshot, plan: VmPlan): Promise<void> {
  if (plan.action.do === 'switch-on') await switchOn(deps.client, vm);
  if (vmi === undefined || (plan.action.do !== 'delete' && plan.action.do !== 'replace')) return;
  try {
    await deps.client.delete(virtualMachineInstances, keyOf(vmi), { uid: vmi.metadata.uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const message = `Stopped the virtual machine by deleting the virtual machine instance ${vmi.metadata.uid}`;
  deps.events.record(vm, 'Normal', 'SuccessfulDelete', message);
}

async function create(deps: Hands, vm: Vm): Promise<void> {
  try {
    const { metadata } = await deps.client.create<Vmi>(
      virtualMachineInstances,
      desiredVmi(vm, await deps.expand(vm)),
    );
    const shown = deps.vmis.get(keyOf(vm))?.metadata.uid === metadata.uid;
    if (!shown) deps.created.add(vm.metadata.uid, metadata.uid);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    const existing = await deps.client.get<Vmi>(virtualMachineInstances, keyOf(vm));
    if (!isInstanceOf(existing, vm)) throw foreignInstance(existing);
    return;
  }
  const message = `Started the virtual machine by creating the new virtual machine instance ${vm.metadata.name}`;
  deps.events.record(vm, 'Normal', 'SuccessfulCreate', message);
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
    const reason = error instanceof ApiError ? 'FailedCreate' : error.reason;
    const failure = { reason, message: messageOf(error) };
    deps.events.record(seen.vm, 'Warning', failure.reason, failure.message);
    await writeStatus(deps.client, virtualMachines, seen.vm, decideFailure(seen, failure, moment));
    throw error;
  }
}

/** The API server said no, or we did, for a reason that lasts; conflicts and overload pass by themselves. */
function isRefusal(error: unknown): error is MonovirtError {
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
