/** What the replica set controller may do, beside creating and deleting instances; uninstallation deletes sets. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { replicaSets } from '../../api/kinds.ts';

const { group, plural } = replicaSets;

export const replicaSetRules: PolicyRule[] = [
  { apiGroups: [group], resources: [plural], verbs: ['get', 'list', 'watch', 'delete'] },
  { apiGroups: [group], resources: [`${plural}/status`], verbs: ['patch'] },
  // Its instances block its deletion.
  { apiGroups: [group], resources: [`${plural}/finalizers`], verbs: ['update'] },
];
