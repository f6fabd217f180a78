/** What the controller may do for instances beside pods: see what their disks are on. */
import { dataVolumes } from '../../api/kinds.ts';
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

const cdi = dataVolumes.group;
const read = ['get', 'list', 'watch'];

export const vmiRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: read },
  { apiGroups: [cdi], resources: ['datavolumes'], verbs: read },
  { apiGroups: [cdi], resources: ['cdiconfigs'], resourceNames: ['config'], verbs: ['get'] },
];
