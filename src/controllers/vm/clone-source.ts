/**
 * What a DataVolume of a VM is cloned from, and whether it may be. CDI asks whether who makes the DataVolume may read
 * the source; that is us, who may read all of them. So the question is asked here, about the account of the VM's pods.
 */
import { dataSources } from '../../api/kinds.ts';
import type { KubeObject, Vm } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import { keyString } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { isAllowed } from '../../kube/access.ts';
import type { ResourceAccess } from '../../kube/access.ts';
import { MonovirtError } from '../../support/errors.ts';
import { serviceAccountOf } from '../vmi/config-source.ts';
import type { DataVolumeSource, DataVolumeTemplate } from './data-volumes.ts';

type Clone = Pick<NonNullable<DataVolumeSource>, 'pvc' | 'snapshot'>;
type SourceRef = NonNullable<DataVolumeTemplate['spec']['sourceRef']>;

interface DataSource extends KubeObject {
  spec?: { source?: Clone & { dataSource?: object } };
  status?: { source?: Clone };
}

/** CDI's order. */
const kinds = ['pvc', 'snapshot'] as const;

/** What is cloned. */
interface Origin {
  kind: (typeof kinds)[number];
  namespace: string;
  name: string;
}

/**
 * @returns the claim or snapshot to clone, with its namespace; what the template says when the DataVolume is no clone.
 *   A reference is never left to CDI, which would resolve it with our rights.
 * @throws MonovirtError FailedDataVolumeCreate when the reference leads nowhere, or the VM's account may not clone.
 */
export async function cloneSource(
  client: Pick<KubeClient, 'get' | 'raw'>,
  vm: Vm,
  { spec }: DataVolumeTemplate,
): Promise<DataVolumeSource> {
  const { source, sourceRef } = spec;
  const own = vm.metadata.namespace ?? 'default';
  const origin = sourceRef ? await referred(client, own, sourceRef) : originOf(source, own);
  if (origin === undefined) return source;
  const { kind, namespace, name } = origin;
  if (namespace !== own) await demandAccess(client, vm, origin);
  return { [kind]: { namespace, name } };
}

/** @param place the namespace that is meant where none is named. */
function originOf(source: Clone | undefined, place: string): Origin | undefined {
  const kind = kinds.find((one) => source?.[one]);
  const named = kind && source?.[kind];
  return named && { kind, name: named.name, namespace: named.namespace || place };
}

/** @returns what is cloned, always. */
async function referred(
  client: Pick<KubeClient, 'get'>,
  own: string,
  { kind, name, namespace }: SourceRef,
): Promise<Origin> {
  if (kind !== dataSources.kind) {
    throw failed(`sourceRef is of kind ${kind}, which nobody resolves; refer to a DataSource`);
  }
  const key = { namespace: namespace || own, name };
  const found = await findObject<DataSource>(client, dataSources, key);
  if (found === undefined) {
    throw failed(`DataSource ${keyString(key)} does not exist; create it, or correct sourceRef`);
  }
  const origin = originOf(resolved(found), key.namespace);
  if (origin !== undefined) return origin;
  throw failed(
    `DataSource ${keyString(key)} names no PVC or snapshot yet; correct its spec.source, or see its status if that names another DataSource`,
  );
}

/** One that points to another has what it resolves to in its status. */
const resolved = ({ spec, status }: DataSource): Clone | undefined =>
  spec?.source?.dataSource ? status?.source : spec?.source;

async function demandAccess(client: Pick<KubeClient, 'raw'>, vm: Vm, origin: Origin): Promise<void> {
  const own = vm.metadata.namespace ?? 'default';
  const account = (vm.spec.template.spec && serviceAccountOf(vm.spec.template.spec)) ?? 'default';
  if (await mayClone(client, { own, account }, origin)) return;
  const { namespace, name } = origin;
  throw failed(
    `service account ${own}/${account} may not clone ${namespace}/${name}; grant it create of datavolumes/source in namespace ${namespace}`,
  );
}

/** By the rights that CDI accepts: the one that is made for it, or those of who could read the data anyway. */
async function mayClone(
  client: Pick<KubeClient, 'raw'>,
  { own, account }: { own: string; account: string },
  { kind, namespace, name }: Origin,
): Promise<boolean> {
  const user = `system:serviceaccount:${own}:${account}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'];
  const may = (asked: Pick<ResourceAccess, 'group' | 'resource' | 'subresource'>): Promise<boolean> =>
    isAllowed(client, { user, groups }, { namespace, name, verb: 'create', ...asked });
  if (await may({ group: dataSources.group, resource: 'datavolumes', subresource: 'source' })) return true;
  if (!(await may({ group: '', resource: 'pods' }))) return false;
  // CDI's word, which is no resource's name: only who may create whatever there is has this right.
  return kind === 'pvc' || may({ group: '', resource: 'pvcs' });
}

const failed = (message: string): MonovirtError => new MonovirtError('FailedDataVolumeCreate', message);
