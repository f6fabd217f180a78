/** The node agent's identity and what it may do. Pure. */
import { agentRules } from '../../agent/rbac.ts';
import { apiVersionOf, serviceAccounts } from '../../api/kinds.ts';
import { clusterMeta, namespacedMeta } from '../installation.ts';
import type { Installation } from '../installation.ts';
import { clusterRoleBindings, clusterRoles } from '../kinds.ts';
import type { Desired } from './desired.ts';

export const agentAccount = 'kubevirt-handler';

export function agentAccess(installation: Installation): Desired[] {
  return [
    {
      resource: serviceAccounts,
      object: {
        apiVersion: apiVersionOf(serviceAccounts),
        kind: serviceAccounts.kind,
        metadata: namespacedMeta(installation, agentAccount),
      },
    },
    {
      resource: clusterRoles,
      object: {
        apiVersion: apiVersionOf(clusterRoles),
        kind: clusterRoles.kind,
        metadata: clusterMeta(installation, agentAccount),
        rules: agentRules,
      },
    },
    {
      resource: clusterRoleBindings,
      object: {
        apiVersion: apiVersionOf(clusterRoleBindings),
        kind: clusterRoleBindings.kind,
        metadata: clusterMeta(installation, agentAccount),
        roleRef: { apiGroup: clusterRoles.group, kind: clusterRoles.kind, name: agentAccount },
        subjects: [{ kind: serviceAccounts.kind, namespace: installation.namespace, name: agentAccount }],
      },
    },
  ];
}
