/**
 * What a DataVolume of a VM is cloned from, and whether it may be. CDI asks whether who makes the DataVolume may read
 * the source; that is us, who may read all of them. So the question is asked here, about the account of the VM's pods.
 */
import { dataSources } from '../../api/kinds.ts';
import type { KubeObject, Vm } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import type { KubeClient } from '../../kube/types.ts';
import { isAllowed } from '../../kube/access.ts';
import { MonovirtError } from '../../support/errors.ts';
import { serviceAccountOf } from '../vmi/config-source.ts';
import type { DataVolumeSource, DataVolumeTemplate } from './data-volumes.ts';

type Clone = Pick<NonNullable<DataVolumeSource>, 'pvc' | 'snapshot'>;

interface DataSource extends KubeObject {
  spec?: { source?: Clone & { dataSource?: object } };
  status?: { source?: Clone };
}

/**
 * @returns the claim or snapshot to clone, with its namespace; undefined when the DataVolume is no clone.
 * @throws MonovirtError FailedDataVolumeCreate when there is no such DataSource, or the VM's account may not clone.
 */
export async function cloneSource(
  client: Pick<KubeClient, 'get' | 'raw'>,
  vm: Vm,
  { spec }: DataVolumeTemplate,
): Promise<DataVolumeSource> {
  const own = vm.metadata.namespace ?? 'default';
  const { clone, place } = await cloneOf(client, own, spec);
  const source = clone?.pvc ?? clone?.snapshot;
  if (clone === undefined || source === undefined) return spec.source;
  const from = { ...source, namespace: source.namespace || place };
  if (from.namespace !== own) await demandAccess(client, vm, from);
  return clone.pvc === undefined ? { snapshot: from } : { pvc: from };
}

/** @returns also the namespace that is meant where none is named. */
async function cloneOf(
  client: Pick<KubeClient, 'get'>,
  own: string,
  { source, sourceRef }: DataVolumeTemplate['spec'],
): Promise<{ clone: Clone | undefined; place: string }> {
  if (sourceRef?.kind !== dataSources.kind) return { clone: source, place: own };
  const place = sourceRef.namespace || own;
  return { clone: await sourceOf(client, { namespace: place, name: sourceRef.name }), place };
}

async function sourceOf(
  client: Pick<KubeClient, 'get'>,
  key: { namespace: string; name: string },
): Promise<Clone | undefined> {
  const found = await findObject<DataSource>(client, dataSources, key);
  if (found === undefined) {
    throw failed(`DataSource ${key.namespace}/${key.name} does not exist; create it, or correct sourceRef`);
  }
  // One that points to another has what it resolves to in its status.
  return found.spec?.source?.dataSource === undefined ? found.spec?.source : found.status?.source;
}

async function demandAccess(
  client: Pick<KubeClient, 'raw'>,
  vm: Vm,
  { namespace, name }: { namespace: string; name: string },
): Promise<void> {
  const own = vm.metadata.namespace ?? 'default';
  const account = (vm.spec.template.spec && serviceAccountOf(vm.spec.template.spec)) ?? 'default';
  const user = `system:serviceaccount:${own}:${account}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'];
  const access = {
    namespace,
    verb: 'create',
    group: dataSources.group,
    resource: 'datavolumes',
    subresource: 'source',
    name,
  };
  if (await isAllowed(client, { user, groups }, access)) return;
  throw failed(
    `service account ${own}/${account} may not clone ${namespace}/${name}; grant it create of datavolumes/source in namespace ${namespace}`,
  );
}

const failed = (message: string): MonovirtError => new MonovirtError('FailedDataVolumeCreate', message);
