/** VM → VMI: reads the caches, decides, applies, writes one status. All branching is in decide.ts. */
import type { Vm, Vmi } from '../../api/types.ts';
import { bound } from '../../kube/bound.ts';
import { keyOf, priorityOf } from '../../kube/types.ts';
import type {
  Change,
  EventRecorder,
  Informer,
  Key,
  KubeClient,
  ReconcileResult,
  WorkQueue,
} from '../../kube/types.ts';
import type { MonovirtError } from '../../support/errors.ts';
import { createAwaited } from '../support/awaited.ts';
import type { Follow } from '../support/awaited.ts';
import { rememberCreated } from '../support/created.ts';
import { untilItPasses } from '../support/until-it-passes.ts';
import { rememberWritten } from '../support/written.ts';
import { apply } from './apply.ts';
import { bringDataVolumes } from './bring-data-volumes.ts';
import type { BringDeps, Brought } from './bring-data-volumes.ts';
import { captured } from './captured.ts';
import type { Captured } from './captured.ts';
import { dataVolumesAreDue } from './data-volumes.ts';
import { decideVm } from './decide.ts';
import { templateOf } from './expand.ts';
import type { Capture, Expand, Template } from './expand.ts';
import { rememberStartSpecs } from './start-revision.ts';
import { actionFor } from './strategy.ts';
import { isFinal } from '../../pod/facts.ts';

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
  /** Called before each decision. */
  capture?: Capture;
  /** Tells of one object that a VM waits for. */
  follow: Follow;
}

type Described = Omit<Captured, 'error'> & { volumes: Brought['word'] };

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
  const startSpecs = rememberStartSpecs();
  const awaited = createAwaited(deps.follow, deps.queue);
  deps.vms.onChange(({ type, object }, origin) => {
    if (type === 'deleted') {
      written.forget(object);
      awaited.expect(keyOf(object), []);
      startSpecs.forget(object);
    }
    deps.queue.add(keyOf(object), priorityOf(origin));
  });
  deps.vmis.onChange((change, origin) => {
    created.seen(change.object.metadata.uid);
    // Found by comparing lists: whatever it is, it waits for what happens now.
    if (origin === 'relist') deps.queue.add(keyOf(change.object), 'low');
    else enqueueOwner(deps.queue, change);
  });
  return async (key, signal) => {
    const vm = deps.vms.get(key);
    if (vm === undefined) return {};
    // The change that shows our write brings the next look.
    if (written.isBehind(vm)) return { requeueAfterMs: staleMs };
    const missingForMs = created.missingForMs(vm.metadata.uid);
    if (missingForMs > 0) return { requeueAfterMs: missingForMs };
    const client = bound(deps.client, signal);
    const vmi = deps.vmis.get(key);
    const vmClient = written.noting(client);
    const { error, ...described } = await captured(deps.capture, vm, vmClient, signal);
    const moment = { now: deps.now(), random: deps.random() };
    const brought = await dataVolumesOf({ ...deps, client, awaited }, vm, vmi, moment.now);
    const seen = { ...withVolumes(described, brought), vmi, started: await startSpecs.of(client, vm, vmi) };
    const plan = decideVm(seen, moment);
    if (plan.action.do === 'nothing' && isSilent(seen.vmi, moment.now)) return { requeueAfterMs: silentMs };
    const expand = (asked: Vm): Promise<Template> => (deps.expand ?? templateOf)(asked, signal);
    const hands = { ...deps, created, client, vmClient, expand };
    await apply(hands, seen, plan, moment);
    if (error !== undefined) throw untilItPasses(reported(deps.events, vm, error));
    if (brought.error !== undefined) throw untilItPasses(brought.error);
    return plan.action.do === 'wait' ? { requeueAfterMs: plan.action.ms } : {};
  };
}

async function dataVolumesOf(deps: BringDeps, vm: Vm, vmi: Vmi | undefined, now: Date): Promise<Brought> {
  const action = actionFor(vm, vmi, now).do;
  // A guest that has to go does not wait for them.
  const stops = action === 'delete' || action === 'replace';
  if (!stops && dataVolumesAreDue(vm, vmi !== undefined, action === 'create')) {
    return bringDataVolumes(deps, vm);
  }
  deps.awaited.expect(keyOf(vm), []);
  return { word: undefined };
}

/** What describes the guest comes before what it stores. */
function withVolumes(described: Omit<Captured, 'error'>, { word, failure }: Brought): Described {
  const undescribed = described.undescribed ?? failure;
  return { ...described, ...(undescribed === undefined ? {} : { undescribed }), volumes: word };
}

/** Says it on the VM as an event too; the queue tries again. */
function reported(events: EventRecorder, vm: Vm, error: MonovirtError): MonovirtError {
  events.record(vm, 'Warning', error.reason, error.message);
  return error;
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
