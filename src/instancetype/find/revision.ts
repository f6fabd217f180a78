/** ControllerRevisions: an instancetype or preference as it was when a VM first named it. */
import { nonconformities } from '../../api/crd/conform.ts';
import { definitions } from '../../api/gen/definitions.ts';
import { apiVersionOf } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { Instancetype, KubeObject, Preference, Vm } from '../../api/types.ts';
import { ownerReferenceTo } from '../../controllers/vm/instance.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Role } from './matchers.ts';

/** What a VM may name: either kind, of a namespace or of the cluster. */
export type Original = Instancetype | Preference;
export type OriginalSpec = Original['spec'];

export interface Revision extends KubeObject {
  data?: { apiVersion?: string; kind?: string; metadata?: object; spec?: OriginalSpec };
  revision: number;
}

/** A revision as it is handed to the API server. */
export type DesiredRevision = Omit<Revision, 'metadata'> & {
  metadata: Pick<KubeObject['metadata'], 'name' | 'namespace' | 'labels' | 'ownerReferences'>;
};

const label = (name: string): string => `instancetype.kubevirt.io/object-${name}`;

/**
 * The revision that keeps an original for a VM, under KubeVirt's name and labels. It belongs to the VM and goes
 * with it.
 */
export function revisionFor(
  vm: Vm,
  original: Original,
  { kind, version, ...resource }: Resource,
): DesiredRevision {
  const { name, namespace, uid, generation = 0, resourceVersion, creationTimestamp } = original.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${vm.metadata.name}-${name}-${version}-${uid}-${generation}`,
      namespace: vm.metadata.namespace ?? 'default',
      labels: {
        [label('generation')]: String(generation),
        [label('kind')]: kind,
        [label('name')]: name,
        [label('uid')]: uid,
        [label('version')]: version,
      },
      ownerReferences: [ownerReferenceTo(vm)],
    },
    data: {
      apiVersion: apiVersionOf({ kind, version, ...resource }),
      kind,
      metadata: { name, namespace, uid, generation, resourceVersion, creationTimestamp },
      spec: original.spec,
    },
    revision: 0,
  };
}

/**
 * What a revision keeps.
 * @throws MonovirtError with the role's reason when it keeps something else
 */
export function specOf(revision: Revision, role: Role): OriginalSpec {
  const { apiVersion, kind = '', spec } = revision.data ?? {};
  const kept = [role.inNamespace, role.inCluster].some(
    (resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion,
  );
  // Anybody may have written it.
  const sound = kept && nonconformities(definitions, kind, { metadata: {}, spec: spec ?? {} }).length === 0;
  if (sound && spec !== undefined) return spec;
  throw new MonovirtError(
    role.failure,
    `ControllerRevision ${revision.metadata.name} keeps ${kind || 'nothing'} of ${apiVersion ?? 'no version'}, not ${role.field} of ${apiVersionOf(role.inCluster)}; name another one in spec.${role.field}.revisionName`,
  );
}
