/** Folds the roles of a Deployment's account into the form in which OLM grants them. Pure. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { MonovirtError } from '../../support/errors.ts';
import type { Manifest } from './manifest.ts';

export interface Permission {
  serviceAccountName: string;
  rules: PolicyRule[];
}

export interface Permissions {
  clusterPermissions: Permission[];
  permissions: Permission[];
  /** Roles and bindings that OLM makes in its own way. */
  folded: Set<Manifest>;
}

interface Binding extends Manifest {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

/**
 * A role that the API server brings along in kube-system. OLM grants nothing in a namespace that is not the
 * operator's, so its one rule, to read one ConfigMap by name, has to hold for the whole cluster.
 */
const builtIn: Readonly<Record<string, PolicyRule[]>> = {
  'kube-system/extension-apiserver-authentication-reader': [
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['extension-apiserver-authentication'],
      verbs: ['get', 'list', 'watch'],
    },
  ],
};

/**
 * Rules of every account, by what binds them.
 * @throws MonovirtError BundleCannotGrant when OLM has no form for a binding.
 */
export function foldPermissions(manifests: readonly Manifest[], accounts: ReadonlySet<string>): Permissions {
  const folded = new Set<Manifest>();
  const cluster = new Map<string, PolicyRule[]>();
  const namespaced = new Map<string, PolicyRule[]>();
  for (const binding of manifests.filter(isBinding)) {
    const account = accountOf(binding, accounts);
    if (account === undefined) continue;
    const { rules, role, everywhere } = rulesOf(binding, manifests);
    const target = everywhere ? cluster : namespaced;
    target.set(account, [...(target.get(account) ?? []), ...rules]);
    folded.add(binding);
    if (role !== undefined) folded.add(role);
  }
  return { clusterPermissions: list(cluster), permissions: list(namespaced), folded };
}

function isBinding(manifest: Manifest): manifest is Binding {
  return manifest.kind === 'ClusterRoleBinding' || manifest.kind === 'RoleBinding';
}

function accountOf(binding: Binding, accounts: ReadonlySet<string>): string | undefined {
  const subjects = binding.subjects ?? [];
  const ours = subjects.filter(({ kind, name }) => kind === 'ServiceAccount' && accounts.has(name));
  if (ours.length > 0 && subjects.length > 1) {
    throw cannotGrant(binding, 'it binds more than one subject; give each a binding of its own');
  }
  return ours[0]?.name;
}

interface Grant {
  rules: PolicyRule[];
  /** Undefined when the API server brings the role along. */
  role: Manifest | undefined;
  everywhere: boolean;
}

function rulesOf(binding: Binding, manifests: readonly Manifest[]): Grant {
  const { roleRef } = binding;
  const { namespace } = binding.metadata;
  const known = builtIn[`${namespace}/${roleRef.name}`];
  if (known !== undefined) return { rules: known, role: undefined, everywhere: true };
  const role = manifests.find(
    ({ kind, metadata }) =>
      kind === roleRef.kind &&
      metadata.name === roleRef.name &&
      (kind === 'ClusterRole' || metadata.namespace === namespace),
  );
  if (role === undefined) throw cannotGrant(binding, `there is no ${roleRef.kind} ${roleRef.name}`);
  const rules = role['rules'] as PolicyRule[];
  return { rules, role, everywhere: binding.kind === 'ClusterRoleBinding' };
}

function cannotGrant(binding: Binding, why: string): MonovirtError {
  return new MonovirtError(
    'BundleCannotGrant',
    `OLM cannot grant what ${binding.kind} ${binding.metadata.name} grants: ${why}`,
    'never',
  );
}

const list = (rules: ReadonlyMap<string, PolicyRule[]>): Permission[] =>
  [...rules].map(([serviceAccountName, own]) => ({ serviceAccountName, rules: own }));
