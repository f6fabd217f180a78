/** What the controller may do for instances beside pods: see what their disks are on. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

const read = ['get', 'list', 'watch'];

export const vmiRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: read },
  { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes'], verbs: read },
];
