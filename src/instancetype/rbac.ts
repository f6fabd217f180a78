/** What the controller may do for instancetypes and preferences. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import {
  clusterInstancetypes,
  clusterPreferences,
  dataSources,
  instancetypes,
  persistentVolumeClaims,
  preferences,
} from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import { catalogue } from './catalogue/objects.ts';
import { volumeSnapshots } from './find/infer.ts';

const read = ['get', 'list', 'watch'];
const { group } = instancetypes;

const entries = catalogue('');
const namesOf = (wanted: Resource): string[] =>
  entries.filter(({ resource }) => resource === wanted).map(({ object }) => object.metadata.name);

export const instancetypeRules: PolicyRule[] = [
  { apiGroups: [group], resources: [instancetypes.plural, preferences.plural], verbs: read },
  // The release brings some for the whole cluster; those of others it may not touch.
  ...[clusterInstancetypes, clusterPreferences].flatMap((resource) => [
    { apiGroups: [group], resources: [resource.plural], verbs: [...read, 'create'] },
    {
      apiGroups: [group],
      resources: [resource.plural],
      resourceNames: namesOf(resource),
      verbs: ['patch', 'delete'],
    },
  ]),
  // Labels that say what is best for a volume.
  { apiGroups: [''], resources: [persistentVolumeClaims.plural], verbs: ['get'] },
  { apiGroups: [dataSources.group], resources: ['datavolumes', dataSources.plural], verbs: ['get'] },
  { apiGroups: [volumeSnapshots.group], resources: [volumeSnapshots.plural], verbs: ['get'] },
];
