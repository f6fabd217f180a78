/** Kinds that only an installation touches. */
import type { Resource } from '../api/kinds.ts';

const rbac = (kind: string, plural: string): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced: false,
});

export const clusterRoles = rbac('ClusterRole', 'clusterroles');
export const clusterRoleBindings = rbac('ClusterRoleBinding', 'clusterrolebindings');

const admission = (kind: string, plural: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced: false,
});

export const validatingAdmissionPolicies = admission(
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
);
export const validatingAdmissionPolicyBindings = admission(
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
);
