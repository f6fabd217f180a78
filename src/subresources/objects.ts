/** The objects that a request is about. */
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Vm, Vmi } from '../api/types.ts';
import type { HttpRequest } from '../http/types.ts';
import { findObject } from '../kube/find.ts';
import type { SubresourceDeps } from './deps.ts';
import { conflict, internal, notFound } from './refusal.ts';

/** Namespace and name in the path. */
export interface Target {
  namespace: string;
  name: string;
}

type Asked = Pick<HttpRequest, 'params' | 'signal'>;
type Reader = Pick<SubresourceDeps, 'client'>;

export const targetOf = (request: Pick<HttpRequest, 'params'>): Target => ({
  namespace: request.params['namespace'] ?? '',
  name: request.params['name'] ?? '',
});

/** @throws HttpError 404. */
export async function readVmi({ client }: Reader, request: Asked): Promise<Vmi> {
  const key = targetOf(request);
  const vmi = await findObject<Vmi>(client, virtualMachineInstances, key, request.signal);
  if (vmi === undefined) throw notFound({ kind: 'virtualmachineinstance', name: key.name });
  return vmi;
}

/** @throws HttpError 404. */
export async function readVm({ client }: Reader, request: Asked): Promise<Vm> {
  const key = targetOf(request);
  const vm = await findObject<Vm>(client, virtualMachines, key, request.signal);
  if (vm === undefined) throw notFound({ kind: 'virtualmachine', name: key.name });
  return vm;
}

/**
 * The instance of the VM that the path names.
 * @throws HttpError 404, 409 while there is no instance, 500 when another's bears its name.
 */
export async function readVmiOfVm(deps: Reader, request: Asked): Promise<Vmi> {
  const vm = await readVm(deps, request);
  const { name, uid } = vm.metadata;
  if (vm.status?.created !== true) throw conflict({ kind: 'virtualmachine', name }, 'VMI is not started');
  const vmi = await readVmi(deps, request);
  if (vmi.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true) return vmi;
  throw internal(`the VirtualMachineInstance ${name} is not the one of the VirtualMachine`);
}
