/** What the controller may do for the DataVolumes that VMs bring along. */
import { customResourceDefinitions, dataSources, dataVolumes } from '../../api/kinds.ts';
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

const { group } = dataVolumes;

export const vmRules: PolicyRule[] = [
  { apiGroups: [group], resources: [dataVolumes.plural], verbs: ['create'] },
  { apiGroups: [group], resources: [dataSources.plural], verbs: ['get'] },
  // CDI clones for who may clone; whether the VM's account may is asked before: see clone-source.ts.
  { apiGroups: [group], resources: [`${dataVolumes.plural}/source`], verbs: ['create'] },
  // Whether CDI is installed.
  {
    apiGroups: [customResourceDefinitions.group],
    resources: [customResourceDefinitions.plural],
    resourceNames: [`${dataVolumes.plural}.${group}`],
    verbs: ['get', 'list', 'watch'],
  },
];
