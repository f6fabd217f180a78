/** Kinds of instancetype.kubevirt.io. */
import { clusterInstancetypes, clusterPreferences, instancetypes, preferences } from '../../kinds.ts';
import type { Declaration } from '../declaration.ts';

const alike = { versions: [{ name: 'v1beta1', stored: true }], status: false, columns: [] } as const;

export const instancetypeKinds: readonly Declaration[] = [
  {
    ...alike,
    resource: instancetypes,
    description: 'A size of virtual machines: processors, memory and what goes with them. Of one namespace.',
    shortNames: ['vminstancetype', 'vminstancetypes', 'vmf', 'vmfs'],
  },
  {
    ...alike,
    resource: clusterInstancetypes,
    description:
      'A size of virtual machines: processors, memory and what goes with them. Of the whole cluster.',
    shortNames: ['vmclusterinstancetype', 'vmclusterinstancetypes', 'vmcf', 'vmcfs'],
    inAll: false,
  },
  {
    ...alike,
    resource: preferences,
    description:
      'What a guest works best with. It fills in what a virtual machine leaves out. Of one namespace.',
    shortNames: ['vmpref', 'vmprefs', 'vmp', 'vmps'],
  },
  {
    ...alike,
    resource: clusterPreferences,
    description:
      'What a guest works best with. It fills in what a virtual machine leaves out. Of the whole cluster.',
    shortNames: ['vmcp', 'vmcps'],
    inAll: false,
  },
];
