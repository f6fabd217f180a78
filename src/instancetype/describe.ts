/** What the VM controller asks of this room: keep what a VM names, and expand its template. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import { virtualMachines } from '../api/kinds.ts';
import type { Vm, VmStatus } from '../api/types.ts';
import { bound } from '../kube/bound.ts';
import { keyOf } from '../kube/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { MonovirtError } from '../support/errors.ts';
import { expandTemplate } from './expand.ts';
import type { Expansion } from './expand.ts';
import { descriptionOf, findBoth } from './find/find.ts';
import type { Found } from './find/find.ts';
import { keep } from './find/keep.ts';
import { currentRef, roles } from './find/matchers.ts';
import type { Ref, Role } from './find/matchers.ts';
import { finderOf } from './finder.ts';
import { instanceAnnotations } from './instance-annotations.ts';

type Template = Vm['spec']['template'];

/** Bound to the work at hand. */
export interface Hands {
  client: KubeClient;
  config: ClusterConfig;
  signal: AbortSignal;
}

/**
 * Keeps the instancetype and the preference that a VM names as ControllerRevisions, which the VM's status then
 * names. What is kept stays until the VM's matcher changes.
 * @returns the VM with that status; the same object when there was nothing to do.
 * @throws MonovirtError FailedFindInstancetype, FailedFindPreference, CannotInfer; FailedCreate on a conflict
 */
export async function captureDescription(vm: Vm, { client, config, signal }: Hands): Promise<Vm> {
  if (roles.every((role) => isSettled(vm, role))) return vm;
  const found = await findBoth(vm, finderOf(client), signal);
  demandAgreement(expandTemplate(vm.spec.template, descriptionOf(vm, found), config));
  const refs: Partial<VmStatus> = {};
  for (const role of roles) {
    if (isSettled(vm, role)) continue;
    const kept = await keepFound(client, vm, found[role.field]);
    // A merge patch removes what is null, and would keep what is only left out.
    refs[role.ref] = (kept === undefined ? null : { ...absent, ...kept }) as VmStatus[Role['ref']];
  }
  const body = { metadata: { resourceVersion: vm.metadata.resourceVersion }, status: refs };
  return client.patch<Vm>(virtualMachines, keyOf(vm), { type: 'merge', body }, { subresource: 'status' });
}

const absent = {
  name: null,
  kind: null,
  inferFromVolume: null,
  inferFromVolumeFailurePolicy: null,
  controllerRevisionRef: null,
};

/** Nothing is asked for and nothing named, or what is named is what is asked for. */
function isSettled(vm: Vm, role: Role): boolean {
  const unasked = vm.spec[role.field] === undefined && vm.status?.[role.ref] === undefined;
  return unasked || currentRef(role, vm) !== undefined;
}

const keepFound = (client: KubeClient, vm: Vm, found: Found | undefined): Promise<Ref | undefined> =>
  found === undefined ? Promise.resolve(undefined) : keep(client, vm, found);

/**
 * The template that an instance is made from.
 * @throws MonovirtError as `captureDescription`
 */
export async function describedTemplate(vm: Vm, { client, config, signal }: Hands): Promise<Template> {
  if (roles.every((role) => vm.spec[role.field] === undefined)) return vm.spec.template;
  const found = await findBoth(vm, finderOf(client), signal);
  const { spec, annotations } = demandAgreement(
    expandTemplate(vm.spec.template, descriptionOf(vm, found), config),
  );
  const { metadata } = vm.spec.template;
  return { metadata: { ...metadata, annotations: { ...annotations, ...instanceAnnotations(found) } }, spec };
}

function demandAgreement(expansion: Expansion): Exclude<Expansion, { conflicts: unknown }> {
  if (expansion.conflicts === undefined) return expansion;
  const message = expansion.conflicts.map((cause) => cause.message).join('; ');
  throw new MonovirtError('FailedCreate', message);
}

/** What the VM controller is given. */
export function describing(
  client: KubeClient,
  config: () => ClusterConfig,
): {
  capture: (vm: Vm, noting: KubeClient, signal: AbortSignal) => Promise<Vm>;
  expand: (vm: Vm, signal: AbortSignal) => Promise<Template>;
} {
  return {
    capture: (vm, noting, signal) => captureDescription(vm, { client: noting, config: config(), signal }),
    expand: (vm, signal) =>
      describedTemplate(vm, { client: bound(client, signal), config: config(), signal }),
  };
}
