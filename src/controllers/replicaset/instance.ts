/** The instance that a replica set makes. Pure. */
import { finalizers } from '../../api/constants.ts';
import { apiVersionOf, virtualMachineInstances } from '../../api/kinds.ts';
import type { ReplicaSet } from '../../api/types.ts';
import { ownerReferenceTo } from './members.ts';

/** Named by the API server: the template's name or the set's, and random letters. */
export function desiredReplica(replicaSet: ReplicaSet): object {
  const { metadata, spec } = replicaSet.spec.template;
  return {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: {
      generateName: metadata?.name ?? metadata?.generateName ?? replicaSet.metadata.name,
      namespace: replicaSet.metadata.namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations },
      finalizers: [finalizers.vmi],
      ownerReferences: [ownerReferenceTo(replicaSet)],
    },
    spec,
  };
}
