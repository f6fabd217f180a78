/** What the controller may do for instancetypes and preferences. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import {
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  persistentVolumeClaims,
  preferences,
} from '../api/kinds.ts';
import { dataSources, volumeSnapshots } from './find/infer.ts';

const read = ['get', 'list', 'watch'];
const { group } = instancetypes;

export const instancetypeRules: PolicyRule[] = [
  { apiGroups: [group], resources: [instancetypes.plural, preferences.plural], verbs: read },
  // The release brings some for the whole cluster.
  {
    apiGroups: [group],
    resources: [clusterInstancetypes.plural, clusterPreferences.plural],
    verbs: [...read, 'create', 'patch', 'delete'],
  },
  // Labels that say what is best for a volume.
  { apiGroups: [''], resources: [persistentVolumeClaims.plural], verbs: ['get'] },
  { apiGroups: [dataSources.group], resources: ['datavolumes', dataSources.plural], verbs: ['get'] },
  { apiGroups: [volumeSnapshots.group], resources: [volumeSnapshots.plural], verbs: ['get'] },
];
