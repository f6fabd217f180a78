/** The VMI of a VM. Pure. */
import { createHash } from 'node:crypto';
import { annotations, finalizers } from '../../api/constants.ts';
import { apiVersionOf, virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import type { OwnerReference, Vm, VmiSpec } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Template } from './expand.ts';
import { asksPausedStart } from './requests.ts';
import { controlledBy } from '../support/owner.ts';

/** A VMI as it is handed to the API server. */
export interface DesiredVmi {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    finalizers: string[];
    ownerReferences: OwnerReference[];
  };
  spec: VmiSpec;
}

/**
 * Builds the instance from the VM's template, expanded: same name, owned by the VM, with a firmware UUID that stays the
 * same from start to start.
 * @throws MonovirtError InvalidTemplate when the template has no spec, which admission excludes.
 */
export function desiredVmi(vm: Vm, { metadata, spec }: Template = vm.spec.template): DesiredVmi {
  if (spec === undefined) {
    throw new MonovirtError(
      'InvalidTemplate',
      'spec.template.spec is missing; describe the guest there',
      'never',
    );
  }
  const uuid = spec.domain.firmware?.uuid ?? stableUuid(vm.metadata.uid);
  return {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: {
      name: vm.metadata.name,
      namespace: vm.metadata.namespace ?? 'default',
      labels: { ...metadata?.labels },
      annotations: {
        ...metadata?.annotations,
        [annotations.vmGeneration]: String(vm.metadata.generation ?? 1),
      },
      finalizers: [finalizers.vmi],
      ownerReferences: [ownerReferenceTo(vm)],
    },
    spec: {
      ...spec,
      ...(asksPausedStart(vm) ? { startStrategy: 'Paused' } : {}),
      domain: { ...spec.domain, firmware: { ...spec.domain.firmware, uuid } },
    },
  };
}

/** Makes the VM the controller of what is made for it. */
export function ownerReferenceTo(vm: Vm): OwnerReference {
  return controlledBy(virtualMachines, vm);
}

/** A version 8 UUID (RFC 9562) derived from the VM's uid. */
function stableUuid(uid: string): string {
  const bytes = createHash('sha256').update(`firmware/${uid}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
