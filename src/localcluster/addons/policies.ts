/**
 * What the network policy agent of each node reads (SIG Network's kube-network-policies). Pure.
 *
 * It asks about the first packet of each connection of pods that a policy selects. Without it those packets are
 * dropped: the rules that hand them over stay when it is killed.
 */
const name = 'system:network-policies';
const rbac = 'rbac.authorization.k8s.io';

export function policyObjects(): object[] {
  const verbs = ['list', 'watch'];
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['pods', 'namespaces'], verbs },
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: rbac, kind: 'User', name }],
    },
  ];
}
