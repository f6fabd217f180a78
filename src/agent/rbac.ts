/** What the node agent may do, in alphabetical order of groups and resources. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

/**
 * Rules of the agent's ClusterRole. No secrets, no pod creation, no writes to specs: an agent that was taken
 * over can report wrong states and label nodes, nothing more.
 */
export const agentRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstances'], verbs: ['list', 'watch'] },
  { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstances/status'], verbs: ['patch'] },
];
