/** Makes the DataVolumes that a VM brings along, and says how they are. */
import { customResourceDefinitions, dataVolumes, persistentVolumeClaims } from '../../api/kinds.ts';
import type { KubeObject, Vm } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import { ApiError, isConflict, isNotFound, keyOf } from '../../kube/types.ts';
import type { EventRecorder, Key, KubeClient } from '../../kube/types.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import type { Awaited, Wanted } from '../support/awaited.ts';
import type { DataVolume } from '../support/data-volume.ts';
import { dataVolumeReason } from '../support/data-volume.ts';
import { isRefusal } from './apply.ts';
import { cloneSource } from './clone-source.ts';
import { dataVolumeKey, desiredDataVolume, volumesWord, wordOf } from './data-volumes.ts';
import type { DataVolumeTemplate, VolumesWord } from './data-volumes.ts';
import type { Failure } from './status.ts';

export interface BringDeps {
  client: KubeClient;
  awaited: Awaited;
  events: EventRecorder;
}

export interface Brought {
  word: VolumesWord | undefined;
  /** No instance can be made; all else goes on. */
  failure?: Failure;
  /** What the queue is to try again for. */
  error?: unknown;
}

/** CDI is installed when the API server knows this one. */
const cdi: Wanted = {
  resource: customResourceDefinitions,
  key: { name: `${dataVolumes.plural}.${dataVolumes.group}` },
};

/**
 * Those that are there are left as they are; a claim of that name without a DataVolume is one that CDI is done with.
 * Never rejects: whatever the trouble, a guest can be stopped.
 */
export async function bringDataVolumes(deps: BringDeps, vm: Vm): Promise<Brought> {
  const templates = vm.spec.dataVolumeTemplates ?? [];
  const looked = await Promise.all(templates.map((template) => bring(deps, vm, template))).catch(
    (error: unknown) => explained(deps, vm, error),
  );
  if (!Array.isArray(looked)) return looked;
  const found = looked.filter((one) => one !== undefined);
  // Those that wait for a guest wait for the VM to be started, which is seen anyway.
  const moving = found.filter((one) => !['WaitForFirstConsumer', undefined].includes(dataVolumeReason(one)));
  deps.awaited.expect(
    keyOf(vm),
    moving.map((one) => ({ resource: dataVolumes, key: keyOf(one) })),
  );
  return { word: volumesWord(found) };
}

function explained({ awaited, events }: BringDeps, vm: Vm, error: unknown): Brought {
  const reason = reasonOf(error);
  const failure = { reason, message: messageOf(error) };
  // What passes by itself is no event, and takes no word back.
  if (!isRefusal(error)) return { word: wordOf(vm), failure, error };
  // What is installed or made later is seen; for all else the queue tries again.
  const awaitsCdi = error.reason === 'CdiNotInstalled';
  awaited.expect(keyOf(vm), awaitsCdi ? [cdi, ...claimsOf(vm)] : []);
  if (vm.status?.conditions?.every(({ message }) => message !== failure.message) !== false) {
    events.record(vm, 'Warning', reason, failure.message);
  }
  return { word: 'DataVolumeError', failure, ...(awaitsCdi ? {} : { error }) };
}

const reasonOf = (error: unknown): string =>
  error instanceof MonovirtError && !(error instanceof ApiError) ? error.reason : 'FailedDataVolumeCreate';

const claimsOf = (vm: Vm): Wanted[] =>
  (vm.spec.dataVolumeTemplates ?? []).map((template) => ({
    resource: persistentVolumeClaims,
    key: dataVolumeKey(vm, template),
  }));

/** @returns undefined when there is a claim that CDI has no part in any more. */
async function bring(deps: BringDeps, vm: Vm, template: DataVolumeTemplate): Promise<DataVolume | undefined> {
  const { client, events } = deps;
  const key = dataVolumeKey(vm, template);
  const existing = await findObject<DataVolume>(client, dataVolumes, key);
  if (existing !== undefined) return existing;
  try {
    const desired = desiredDataVolume(vm, template, await cloneSource(client, vm, template));
    const made = await client.create<DataVolume>(dataVolumes, desired);
    events.record(vm, 'Normal', 'SuccessfulDataVolumeCreate', `Created DataVolume ${key.name}`);
    return made;
  } catch (error) {
    const other = isConflict(error) ? await findObject<DataVolume>(client, dataVolumes, key) : undefined;
    if (other !== undefined) return other;
    if (!isUnserved(error) && !isRefusal(error)) throw error;
    await demandItsClaim(client, template, key, error);
    return undefined;
  }
}

/**
 * A claim of that name does without the kind of DataVolumes, with a CDI that is too old to take claims over, and when
 * it is filled already: then what it was filled from may be gone.
 * @param error why there is no DataVolume.
 * @throws that, when there is no such claim either.
 */
async function demandItsClaim(
  client: KubeClient,
  template: DataVolumeTemplate,
  key: Key,
  error: MonovirtError,
): Promise<void> {
  const claim = await findObject(client, persistentVolumeClaims, key);
  const usable = claim !== undefined && claim.metadata.deletionTimestamp === undefined;
  if (usable && (isUnserved(error) || isTaken(error) || isFilled(claim, template))) return;
  // Who refuses a DataVolume knows the kind.
  const served = error instanceof ApiError && !isUnserved(error);
  if (served || (await findObject(client, cdi.resource, cdi.key)) !== undefined) throw named(key, error);
  if (!usable) throw notInstalled(key);
}

const isUnserved = (error: unknown): error is ApiError => isNotFound(error);

/** An old CDI says that of the claim, by its webhook. */
const isTaken = (error: MonovirtError): boolean =>
  error instanceof ApiError && error.message.includes('already exists');

/** CDI marks what it has filled; templates may say that theirs needs no filling. */
function isFilled({ metadata }: KubeObject, template: DataVolumeTemplate): boolean {
  const said = template.metadata?.annotations ?? {};
  return (
    metadata.annotations?.['cdi.kubevirt.io/storage.populatedFor'] === metadata.name ||
    'cdi.kubevirt.io/storage.prePopulated' in said ||
    'cdi.kubevirt.io/storage.checkStaticVolume' in said
  );
}

const notInstalled = ({ name }: Key): MonovirtError =>
  new MonovirtError(
    'CdiNotInstalled',
    `DataVolume ${name} cannot be made: CDI is not installed (CustomResourceDefinition ${cdi.key.name} is missing). Install CDI, or create PersistentVolumeClaim ${name} yourself`,
  );

/** Tried again, whatever it is: quotas, policies and sources change, and nothing tells us. */
function named({ name }: Key, error: MonovirtError): MonovirtError {
  if (!isRefusal(error)) return error;
  return new MonovirtError(reasonOf(error), `Error creating DataVolume ${name}: ${messageOf(error)}`);
}
