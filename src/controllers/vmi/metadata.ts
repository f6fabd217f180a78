/** Labels, annotations and owner of a launcher pod. */
import { pluginsOf } from '../../api/binding-plugins.ts';
import type { BindingPlugins } from '../../api/binding-plugins.ts';
import { annotations, components, finalizers, labels } from '../../api/constants.ts';
import { virtualMachineInstances } from '../../api/kinds.ts';
import type { OwnerReference, Vmi } from '../../api/types.ts';
import { networkAnnotations } from '../../network/annotations.ts';
import { attachmentAnnotation } from '../../network/attachments.ts';
import type { Attachments } from '../../network/attachments.ts';
import { computeContainerName, nameLabel } from '../../pod/names.ts';
import { controlledBy } from '../support/owner.ts';

const memoryOverheadAnnotation = 'kubevirt.io/memory-overhead-bytes';
/** Written by tools about the VMI itself, wrong or needlessly large on its pod, and what only we say there. */
const notCopied =
  /^(kubectl\.kubernetes\.io\/|monovirt\.io\/domain-attachments$|kubevirt\.io\/(latest-observed|storage-observed|vm-generation))/;

/** The VMI's labels, and ours, which win. */
export function podLabels(vmi: Vmi): Record<string, string> {
  return {
    ...vmi.metadata.labels,
    [labels.component]: components.launcher,
    [labels.createdBy]: vmi.metadata.uid,
    [labels.vmName]: nameLabel(vmi.metadata.name),
    'vmi.kubevirt.io/id': nameLabel(vmi.metadata.name),
  };
}

/** The VMI's annotations that mean something on a pod, and ours. */
export function podAnnotations(
  vmi: Vmi,
  overheadBytes: bigint,
  plugins: BindingPlugins = {},
): Record<string, string> {
  const copied = Object.entries(vmi.metadata.annotations ?? {}).filter(([key]) => !notCopied.test(key));
  return {
    ...Object.fromEntries(copied),
    ...networkAnnotations(vmi, plugins),
    ...attachmentAnnotation(attachmentsOf(vmi, plugins)),
    [annotations.domain]: vmi.metadata.name,
    [memoryOverheadAnnotation]: overheadBytes.toString(),
    'kubectl.kubernetes.io/default-container': computeContainerName,
  };
}

const attachmentsOf = ({ spec }: Vmi, plugins: BindingPlugins): Attachments =>
  Object.fromEntries(
    pluginsOf(spec, plugins).flatMap(([name, { domainAttachmentType }]) =>
      domainAttachmentType === undefined ? [] : [[name, domainAttachmentType] as const],
    ),
  );

export function controllerReference(vmi: Vmi): OwnerReference {
  return controlledBy(virtualMachineInstances, vmi);
}

export const hasFinalizer = (vmi: Vmi): boolean => vmi.metadata.finalizers?.includes(finalizers.vmi) === true;
