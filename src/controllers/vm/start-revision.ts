/** What a VM was when it was last started, kept to know later what has changed since. */
import { apiVersionOf, controllerRevisions } from '../../api/kinds.ts';
import { startRevisionName } from '../../api/revision-names.ts';
import type { KubeObject, Vm, Vmi } from '../../api/types.ts';
import { ApiError, isNotFound, keyOf } from '../../kube/types.ts';
import type { Key, KubeClient } from '../../kube/types.ts';
import { ownerReferenceTo } from './instance.ts';
import { startSpec } from './start-spec.ts';
import type { VmSpec } from './start-spec.ts';
import { carriesGeneration, isInstanceOf } from './vmi-facts.ts';

interface StartRevision extends KubeObject {
  data?: { spec?: VmSpec };
  revision: number;
}

/** Ours, to find the revisions of one VM. */
const vmLabel = 'monovirt.io/vm-uid';

/** @returns whether this call made the revision; there is one for each generation that was ever started. */
export async function keepStartRevision(client: KubeClient, vm: Vm): Promise<boolean> {
  const generation = vm.metadata.generation ?? 1;
  try {
    await client.create<StartRevision>(controllerRevisions, {
      apiVersion: apiVersionOf(controllerRevisions),
      kind: controllerRevisions.kind,
      metadata: {
        ...namespaceOf(vm),
        name: startRevisionName(vm.metadata.uid, generation),
        labels: { [vmLabel]: vm.metadata.uid },
        ownerReferences: [ownerReferenceTo(vm)],
      },
      data: { spec: startSpec(vm) },
      revision: generation,
    });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return false;
    throw error;
  }
}

/** Deletes the revisions of earlier starts; the owner reference takes the last one when the VM goes. */
export async function dropOlderRevisions(client: KubeClient, vm: Vm): Promise<void> {
  const selection = { ...namespaceOf(vm), labelSelector: `${vmLabel}=${vm.metadata.uid}` };
  const { items } = await client.list<StartRevision>(controllerRevisions, selection);
  const older = items.filter(({ revision }) => revision < (vm.metadata.generation ?? 1));
  await Promise.all(older.map((revision) => dropRevision(client, revision)));
}

async function dropRevision(client: KubeClient, revision: StartRevision): Promise<void> {
  try {
    await client.delete(controllerRevisions, keyOf(revision), { uid: revision.metadata.uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

export interface StartSpecs {
  /**
   * What the instance was started from; undefined when that is the VM as it is, or no longer known.
   * Asks the API server once a start.
   */
  of(client: KubeClient, vm: Vm, vmi: Vmi | undefined): Promise<VmSpec | undefined>;
  /** For VMs that are gone. */
  forget(vm: Vm): void;
}

/** Revisions never change, so that what was read of a VM's is remembered until its instance is another one. */
export function rememberStartSpecs(): StartSpecs {
  const known = new Map<string, { name: string; spec: VmSpec | undefined }>();
  return {
    forget: (vm) => void known.delete(vm.metadata.uid),
    async of(client, vm, vmi) {
      const name = vmi === undefined ? undefined : revisionToCompare(vm, vmi);
      if (name === undefined) {
        known.delete(vm.metadata.uid);
        return undefined;
      }
      const entry = known.get(vm.metadata.uid);
      if (entry?.name === name) return entry.spec;
      const spec = await readSpec(client, { ...namespaceOf(vm), name });
      known.set(vm.metadata.uid, { name, spec });
      return spec;
    },
  };
}

/** Nothing to compare while the VM's spec is the one that its instance was made from. */
function revisionToCompare(vm: Vm, vmi: Vmi): string | undefined {
  if (!isInstanceOf(vmi, vm) || carriesGeneration(vmi, vm)) return undefined;
  return vmi.status?.virtualMachineRevisionName;
}

async function readSpec(client: KubeClient, key: Key): Promise<VmSpec | undefined> {
  try {
    return (await client.get<StartRevision>(controllerRevisions, key)).data?.spec;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const namespaceOf = ({ metadata }: Vm): { namespace?: string } =>
  metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
