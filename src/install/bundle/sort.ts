/** Sorts what `config/default` installs: what OLM makes in its own way, and what the bundle carries. Pure. */
import { MonovirtError } from '../../support/errors.ts';
import type { Manifest } from './manifest.ts';
import { withoutNamespace } from './manifest.ts';
import { foldPermissions } from './permissions.ts';
import type { Permissions } from './permissions.ts';

export interface Deployment extends Manifest {
  spec: {
    template: {
      spec: { serviceAccountName: string; containers: { name: string; image: string }[] };
      [field: string]: unknown;
    };
    [field: string]: unknown;
  };
}

export interface Sorted extends Pick<Permissions, 'permissions' | 'clusterPermissions'> {
  namespace: Manifest;
  deployments: Deployment[];
  /** One file of the bundle each. */
  carried: Manifest[];
}

/** Kinds of ours that OLM takes as they are. It takes others, for which there was no need. */
const carriedKinds = new Set([
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'PodDisruptionBudget',
  'PriorityClass',
]);

/**
 * Leaves out nothing: an object is in one of the parts, or the bundle cannot be made.
 * @throws MonovirtError BundleCannotCarry for an object that OLM has no place for.
 */
export function sortForOlm(manifests: readonly Manifest[]): Sorted {
  const namespaces = manifests.filter(({ kind }) => kind === 'Namespace');
  const [namespace] = namespaces;
  if (namespace === undefined || namespaces.length > 1) {
    throw cannotCarry(`one Namespace is suggested to OLM, not ${namespaces.length}`);
  }
  const deployments = manifests.filter((manifest): manifest is Deployment => manifest.kind === 'Deployment');
  const accounts = new Set(deployments.map(({ spec }) => spec.template.spec.serviceAccountName));
  const { permissions, clusterPermissions, folded } = foldPermissions(manifests, accounts);
  const madeByOlm = (manifest: Manifest): boolean =>
    manifest === namespace ||
    manifest.kind === 'Deployment' ||
    (manifest.kind === 'ServiceAccount' && accounts.has(manifest.metadata.name)) ||
    folded.has(manifest);
  const carried = manifests.filter((manifest) => !madeByOlm(manifest));
  for (const { kind, metadata } of carried) {
    if (!carriedKinds.has(kind)) throw cannotCarry(`${kind} ${metadata.name} has no place in a bundle`);
  }
  return {
    namespace,
    deployments,
    permissions,
    clusterPermissions,
    carried: carried.map(withoutNamespace),
  };
}

const cannotCarry = (why: string): MonovirtError => new MonovirtError('BundleCannotCarry', why, 'never');
