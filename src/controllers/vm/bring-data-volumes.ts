/** Makes the DataVolumes that a VM brings along, and says how they are. */
import { customResourceDefinitions, dataVolumes, persistentVolumeClaims } from '../../api/kinds.ts';
import type { Vm } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import { ApiError, isNotFound, keyOf } from '../../kube/types.ts';
import type { EventRecorder, Key, KubeClient } from '../../kube/types.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import type { Awaited, Wanted } from '../support/awaited.ts';
import type { DataVolume } from '../support/data-volume.ts';
import { dataVolumeReason } from '../support/data-volume.ts';
import { isRefusal } from './apply.ts';
import { cloneSource } from './clone-source.ts';
import { dataVolumeKey, desiredDataVolume, volumesWord } from './data-volumes.ts';
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
  error?: MonovirtError;
}

/** CDI is installed when the API server knows this one. */
const cdi: Wanted = {
  resource: customResourceDefinitions,
  key: { name: `${dataVolumes.plural}.${dataVolumes.group}` },
};

/** Those that are there are left as they are; a claim of that name without a DataVolume is one that CDI is done with. */
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
  if (!isRefusal(error) || error.retry === 'quiet') throw error;
  const reason = error instanceof ApiError ? 'FailedDataVolumeCreate' : error.reason;
  const failure = { reason, message: messageOf(error) };
  // What is installed or made later is seen; for all else the queue tries again.
  const awaitsCdi = error.reason === 'CdiNotInstalled';
  awaited.expect(keyOf(vm), awaitsCdi ? [cdi, ...claimsOf(vm)] : []);
  if (vm.status?.conditions?.every(({ message }) => message !== failure.message) !== false) {
    events.record(vm, 'Warning', reason, failure.message);
  }
  return { word: 'DataVolumeError', failure, ...(awaitsCdi ? {} : { error }) };
}

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
    const taken = error instanceof ApiError && error.reason === 'AlreadyExists';
    if (!taken && !isNotFound(error)) throw named(key, error);
    return orItsClaim(client, key, taken ? undefined : error);
  }
}

/**
 * Without the kind of DataVolumes, and with a CDI that is too old to take claims over, a claim of that name will do.
 * @param unserved what was said instead of making the DataVolume.
 */
async function orItsClaim(client: KubeClient, key: Key, unserved: unknown): Promise<DataVolume | undefined> {
  const other = await findObject<DataVolume>(client, dataVolumes, key);
  if (other !== undefined) return other;
  if ((await findObject(client, persistentVolumeClaims, key)) !== undefined) return undefined;
  const served = await findObject(client, cdi.resource, cdi.key);
  if (served === undefined) throw notInstalled(key);
  throw named(
    key,
    unserved ?? new MonovirtError('FailedDataVolumeCreate', 'it came and went; this is tried again'),
  );
}

const notInstalled = ({ name }: Key): MonovirtError =>
  new MonovirtError(
    'CdiNotInstalled',
    `DataVolume ${name} cannot be made: CDI is not installed (CustomResourceDefinition ${cdi.key.name} is missing). Install CDI, or create PersistentVolumeClaim ${name} yourself`,
  );

function named({ name }: Key, error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const message = `Error creating DataVolume ${name}: ${messageOf(error)}`;
  const reason = error instanceof ApiError ? 'FailedDataVolumeCreate' : error.reason;
  return new MonovirtError(reason, message, error.retry);
}
