/** What the VMI controller reads: this node's VMIs and their pods, trimmed to what it needs. */
import type { Pod, Vmi } from '../../api/types.ts';
import { annotations, components, labels } from '../../api/constants.ts';
import type { Informer, InformerOptions } from '../../kube/types.ts';
import { networkStatus } from '../../network/annotations.ts';

export interface Caches {
  vmis: Informer<Vmi>;
  pods: Informer<Pod>;
}

/** Index of launcher pods by `namespace/name` of the VMI that controls them. */
export const byVmi = 'vmi';

/** VMIs carry the label of their node from the moment their pod is bound. */
export const vmiSelection = (node: string): InformerOptions<Vmi> => ({
  labelSelector: `${labels.nodeName}=${node}`,
});

export const podSelection = (node: string): InformerOptions<Pod> => ({
  fieldSelector: `spec.nodeName=${node}`,
  labelSelector: `${labels.component}=${components.launcher}`,
  indexes: { [byVmi]: (pod) => vmiKeysOf(pod) },
  trim: trimPod,
});

/** The key of the VMI that controls a pod. */
export function vmiKeysOf(pod: Pod): string[] {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner?.kind !== 'VirtualMachineInstance') return [];
  return [`${pod.metadata.namespace}/${owner.name}`];
}

/** What annotations of pods say about their networks; others may be long, and are nobody's here. */
const kept: readonly string[] = [annotations.attachments, networkStatus];

function keptAnnotations(pod: Pod): { annotations?: Record<string, string> } {
  const found = Object.entries(pod.metadata.annotations ?? {}).filter(([name]) => kept.includes(name));
  return found.length === 0 ? {} : { annotations: Object.fromEntries(found) };
}

/** Keeps ownership, networks, readiness gates and status; a pod's spec is most of it and not ours to read. */
function trimPod(pod: Pod): Pod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences } =
    pod.metadata;
  const readinessGates = pod.spec?.readinessGates;
  return {
    metadata: {
      name,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(namespace === undefined ? {} : { namespace }),
      ...keptAnnotations(pod),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: { containers: [], ...(readinessGates === undefined ? {} : { readinessGates }) },
    ...(pod.status === undefined ? {} : { status: pod.status }),
  };
}
