/** The DataVolumes that a VM brings along. Pure. */
import { annotations, labels } from '../../api/constants.ts';
import { apiVersionOf, dataVolumes } from '../../api/kinds.ts';
import type { Key } from '../../kube/types.ts';
import type { OwnerReference, Vm } from '../../api/types.ts';
import { dataVolumeReason } from '../support/data-volume.ts';
import type { DataVolume } from '../support/data-volume.ts';
import { ownerReferenceTo } from './instance.ts';

export type DataVolumeTemplate = NonNullable<Vm['spec']['dataVolumeTemplates']>[number];
export type DataVolumeSource = DataVolumeTemplate['spec']['source'];

export interface DesiredDataVolume {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    ownerReferences: OwnerReference[];
  };
  spec: DataVolumeTemplate['spec'];
}

/** Lets CDI take a claim of the same name that is there already, as after a restore. */
const adoption = 'cdi.kubevirt.io/allowClaimAdoption';

/** Where a template's DataVolume is, and the claim of the same name. */
export const dataVolumeKey = ({ metadata }: Vm, template: DataVolumeTemplate): Key => ({
  namespace: metadata.namespace ?? 'default',
  name: template.metadata?.name ?? '',
});

/** @param source what it is filled with: references resolved, and clones authorised. */
export function desiredDataVolume(
  vm: Vm,
  template: DataVolumeTemplate,
  source: DataVolumeSource,
): DesiredDataVolume {
  const { name, namespace = 'default' } = dataVolumeKey(vm, template);
  const { sourceRef: _unresolved, source: _unauthorised, ...spec } = template.spec;
  const priorityClassName = spec.priorityClassName || vm.spec.template.spec?.priorityClassName;
  return {
    apiVersion: apiVersionOf(dataVolumes),
    kind: dataVolumes.kind,
    metadata: {
      name,
      namespace,
      labels: { ...template.metadata?.labels, [labels.createdBy]: vm.metadata.uid },
      annotations: { ...template.metadata?.annotations, [adoption]: 'true' },
      ownerReferences: [ownerReferenceTo(vm)],
    },
    spec: {
      ...spec,
      ...(priorityClassName ? { priorityClassName } : {}),
      ...(source === undefined ? {} : { source }),
    },
  };
}

/** What a VM's one word says of the volumes it brings along, until an instance of it says more. */
export type VolumesWord = (typeof words)[number];

const words = ['DataVolumeError', 'Provisioning'] as const;

/** What a VM says of them, while nothing newer can be learned. */
export const wordOf = ({ status }: Vm): VolumesWord | undefined =>
  words.find((word) => word === status?.printableStatus);

/** @returns undefined when all are filled, or wait for a guest. */
export function volumesWord(found: readonly DataVolume[]): VolumesWord | undefined {
  const reasons = found.map(dataVolumeReason);
  if (reasons.includes('DataVolumeError')) return 'DataVolumeError';
  return reasons.includes('DataVolumeNotReady') ? 'Provisioning' : undefined;
}

/**
 * Whether its DataVolumes have to be looked at now. A running instance was made from this template, so they are there;
 * one that starts waits for them itself.
 */
export function dataVolumesAreDue(vm: Vm, hasInstance: boolean, starts: boolean): boolean {
  const { spec, metadata, status } = vm;
  if ((spec.dataVolumeTemplates ?? []).length === 0 || metadata.deletionTimestamp !== undefined) return false;
  if (hasInstance) return status?.observedGeneration !== metadata.generation;
  return starts || metadata.annotations?.[annotations.immediateDataVolumes] !== 'false';
}
