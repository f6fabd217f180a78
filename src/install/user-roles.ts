/** Roles for people, with KubeVirt's names and rules. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { subresourcesGroup } from '../api/constants.ts';
import {
  backupTrackers,
  backups,
  clones,
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  kubeVirts,
  migrationPolicies,
  migrations,
  pools,
  preferences,
  presets,
  replicaSets,
  restores,
  snapshotContents,
  snapshots,
  virtualMachineInstances,
  virtualMachines,
  vmExports,
} from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';

export interface UserRole {
  name: string;
  /** Built-in role of Kubernetes that takes these rules in. */
  aggregateTo?: string;
  /** Bound to everybody who is known to the cluster. */
  forEverybody?: true;
  rules: PolicyRule[];
}

const read = ['get', 'list', 'watch'];
const change = [...read, 'create', 'update', 'patch', 'delete'];

/** One rule a group. */
function on(verbs: string[], ...resources: Resource[]): PolicyRule[] {
  return [...Map.groupBy(resources, ({ group }) => group)].map(([group, members]) => ({
    apiGroups: [group],
    resources: members.map(({ plural }) => plural),
    verbs,
  }));
}

const subresources = (verb: 'get' | 'update', ...resources: string[]): PolicyRule => ({
  apiGroups: [subresourcesGroup],
  resources,
  verbs: [verb],
});

const of = (kind: 'virtualmachines' | 'virtualmachineinstances', names: string): string[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${kind}/${name}`);

/** What people make. */
const made: Resource[] = [
  virtualMachines,
  virtualMachineInstances,
  presets,
  replicaSets,
  snapshots,
  snapshotContents,
  restores,
  backups,
  backupTrackers,
  vmExports,
  clones,
  instancetypes,
  clusterInstancetypes,
  preferences,
  clusterPreferences,
  pools,
];

const looks = [
  ...of('virtualmachines', 'expand-spec objectgraph'),
  ...of(
    'virtualmachineinstances',
    'guestosinfo filesystemlist userlist sev/fetchcertchain sev/querylaunchmeasurement objectgraph',
  ),
];

const enters = [
  ...of('virtualmachines', 'portforward'),
  ...of('virtualmachineinstances', 'console vnc portforward usbredir'),
];

const acts = [
  ...of(
    'virtualmachines',
    'start stop restart addvolume removevolume memorydump removememorydump evacuate/cancel',
  ),
  ...of(
    'virtualmachineinstances',
    `pause unpause addvolume removevolume freeze unfreeze softreboot reset sev/setupsession
     sev/injectlaunchsecret evacuate/cancel`,
  ),
];

/** `kubectl scale`: what whoever may change the set or pool could do anyway. */
const scaling: PolicyRule[] = [replicaSets, pools].map(({ group, plural }) => ({
  apiGroups: [group],
  resources: [`${plural}/scale`],
  verbs: ['get', 'update', 'patch'],
}));

/** It reads what it is sent, and changes nothing. */
const expansion = subresources('update', 'expand-vm-spec');

const use = (verbs: string[], screen: string[]): PolicyRule[] => [
  subresources('get', ...looks, ...enters, ...screen),
  subresources('update', ...acts),
  expansion,
  ...on(verbs, ...made),
  ...scaling,
  ...on(read, migrations, migrationPolicies),
];

export const userRoles: readonly UserRole[] = [
  {
    name: 'kubevirt.io:admin',
    aggregateTo: 'admin',
    rules: use([...change, 'deletecollection'], of('virtualmachineinstances', 'vnc/screenshot')),
  },
  {
    name: 'kubevirt.io:edit',
    aggregateTo: 'edit',
    rules: [...use(change, []), ...on(['get', 'list'], kubeVirts)],
  },
  {
    name: 'kubevirt.io:view',
    aggregateTo: 'view',
    rules: [
      subresources('get', ...looks),
      expansion,
      ...on(read, ...made, migrations, migrationPolicies),
      ...on(['get', 'list'], kubeVirts),
    ],
  },
  {
    // To be bound by hand: moving guests takes from what all share.
    name: 'kubevirt.io:migrate',
    rules: [
      subresources('update', ...of('virtualmachines', 'migrate')),
      ...on([...change, 'deletecollection'], migrations),
    ],
  },
  {
    name: 'kubevirt.io:default',
    forEverybody: true,
    rules: [
      ...on(['get', 'list'], kubeVirts),
      { apiGroups: [subresourcesGroup], resources: ['version', 'guestfs'], verbs: ['get', 'list'] },
    ],
  },
  {
    name: 'instancetype.kubevirt.io:view',
    forEverybody: true,
    rules: on(read, clusterInstancetypes, clusterPreferences),
  },
];
