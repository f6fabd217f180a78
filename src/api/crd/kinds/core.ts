/** Kinds of kubevirt.io, under KubeVirt's names and columns. */
import {
  kubeVirts,
  migrations,
  presets,
  replicaSets,
  virtualMachineInstances,
  virtualMachines,
} from '../../kinds.ts';
import { age, condition, phase, replaced, replicaColumns } from '../declaration.ts';
import type { Declaration, ServedVersion } from '../declaration.ts';

const versions = ({ group, kind }: { group: string; kind: string }): readonly ServedVersion[] =>
  replaced(group, kind, 'v1alpha3', 'v1');

const presetsEnd =
  'VirtualMachineInstancePreset is deprecated; use instancetypes and preferences of instancetype.kubevirt.io';

export const coreKinds: readonly Declaration[] = [
  {
    resource: virtualMachines,
    description:
      'A virtual machine that is kept in the state its run strategy asks for, over restarts of its guest.',
    versions: versions(virtualMachines),
    shortNames: ['vm', 'vms'],
    status: true,
    columns: [
      age,
      {
        name: 'Status',
        type: 'string',
        jsonPath: '.status.printableStatus',
        description: 'State of the virtual machine for people to read',
      },
      condition('Ready'),
    ],
  },
  {
    resource: virtualMachineInstances,
    description: 'One running guest. It ends with its guest, and is not started again.',
    versions: versions(virtualMachineInstances),
    shortNames: ['vmi', 'vmis'],
    // Not as upstream: whoever may edit an instance could forge its status.
    status: true,
    columns: [
      age,
      phase,
      { name: 'IP', type: 'string', jsonPath: '.status.interfaces[0].ipAddress' },
      { name: 'NodeName', type: 'string', jsonPath: '.status.nodeName' },
      condition('Ready'),
      condition('LiveMigratable', 1),
      condition('Paused', 1),
    ],
  },
  {
    resource: replicaSets,
    description: 'A number of instances that are alike. One that ends is replaced.',
    versions: versions(replicaSets),
    shortNames: ['vmirs', 'vmirss'],
    status: true,
    scale: true,
    columns: replicaColumns('instances'),
  },
  {
    resource: migrations,
    description: 'One attempt to move a running guest to another node.',
    versions: versions(migrations),
    shortNames: ['vmim', 'vmims'],
    status: true,
    columns: [
      { ...phase, description: 'How far the attempt is' },
      { name: 'VMI', type: 'string', jsonPath: '.spec.vmiName', description: 'The instance that is to move' },
    ],
  },
  {
    resource: presets,
    description: 'Settings that instances with certain labels get when they are created.',
    versions: [
      { name: 'v1', deprecated: presetsEnd },
      { name: 'v1alpha3', stored: true, deprecated: presetsEnd },
    ],
    shortNames: ['vmipreset', 'vmipresets'],
    status: false,
    columns: [],
  },
  {
    resource: kubeVirts,
    description: 'The installation of this cluster: its version and what virtual machines may use.',
    versions: versions(kubeVirts),
    shortNames: ['kv', 'kvs'],
    status: true,
    columns: [age, phase],
  },
];
