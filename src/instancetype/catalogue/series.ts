/**
 * Sizes of VMs that a release brings, as data: series × sizes. Names, sizes and labels are those of KubeVirt's
 * common instancetypes, which manifests name. Series of which this release cannot keep the promise are not here:
 * rt1 needs real-time scheduling.
 */
import type { InstancetypeSpec } from '../../api/types.ts';

/** CPUs, and memory as a quantity. */
export type Size = readonly [cpus: number, memory: string];

export interface Series {
  /** What names begin with. */
  name: string;
  class: string;
  title: string;
  icon: string;
  description: string;
  sizes: Readonly<Record<string, Size>>;
  /** Page sizes of the series, by what they append to names; none for memory that is not set aside. */
  pages?: Readonly<Record<string, string>>;
  /** What all sizes have beside CPUs and memory. */
  cpu?: Omit<InstancetypeSpec['cpu'], 'guest'>;
  overcommitPercent?: number;
  rest?: Pick<InstancetypeSpec, 'annotations' | 'ioThreadsPolicy'>;
}

const small = {
  nano: [1, '512Mi'],
  micro: [1, '1Gi'],
  small: [1, '2Gi'],
  medium: [1, '4Gi'],
} as const;

const large = {
  large: [2, '8Gi'],
  xlarge: [4, '16Gi'],
  '2xlarge': [8, '32Gi'],
  '4xlarge': [16, '64Gi'],
  '8xlarge': [32, '128Gi'],
} as const;

const twoMedium = { '2xmedium': [2, '4Gi'] } as const;
const alone = { dedicatedCPUPlacement: true, isolateEmulatorThread: true } as const;
const bothPages = { '': '2Mi', '1gi': '1Gi' };

export const series: readonly Series[] = [
  {
    name: 'u1',
    class: 'general.purpose',
    title: 'General Purpose',
    icon: 'pficon-server-group',
    description:
      'CPUs that are shared with other guests, and memory in the usual proportion to them. The right choice for most guests: web servers, small databases, desktops.',
    sizes: { ...small, ...twoMedium, ...large },
  },
  {
    name: 'o1',
    class: 'overcommitted',
    title: 'Overcommitted',
    icon: 'pficon-virtual-machine',
    description:
      'As u1, but only half of the memory is set aside on the node. More guests fit on it; when all of them use what they see, some of them are ended.',
    sizes: { ...small, ...large },
    overcommitPercent: 50,
  },
  {
    name: 'd1',
    class: 'dedicated.vcpu',
    title: 'Dedicated vCPU',
    icon: 'pficon-server-group',
    description:
      'As u1, with CPUs that no other workload uses, and one more for the emulator. Nodes need the static policy of the CPU manager.',
    sizes: { ...small, ...twoMedium, ...large },
    cpu: alone,
    rest: { ioThreadsPolicy: 'auto' },
  },
  {
    name: 'cx1',
    class: 'compute.exclusive',
    title: 'Compute Exclusive',
    icon: 'pficon-registry',
    description:
      'For computing at full speed: CPUs of its own, huge pages, and the NUMA topology of the node. Nodes need the static policy of the CPU manager and huge pages.',
    sizes: {
      medium: [1, '2Gi'],
      large: [2, '4Gi'],
      xlarge: [4, '8Gi'],
      '2xlarge': [8, '16Gi'],
      '4xlarge': [16, '32Gi'],
      '8xlarge': [32, '64Gi'],
    },
    pages: bothPages,
    cpu: { ...alone, numa: { guestMappingPassthrough: {} } },
    rest: { ioThreadsPolicy: 'auto' },
  },
  {
    name: 'm1',
    class: 'memory.intensive',
    title: 'Memory Intensive',
    icon: 'fa-memory',
    description:
      'Much memory for each CPU, in huge pages: for databases and caches. Nodes need huge pages of the size that the name says, 2Mi unless it does.',
    sizes: {
      large: [2, '16Gi'],
      xlarge: [4, '32Gi'],
      '2xlarge': [8, '64Gi'],
      '4xlarge': [16, '128Gi'],
      '8xlarge': [32, '256Gi'],
    },
    pages: bothPages,
  },
  {
    name: 'n1',
    class: 'network',
    title: 'Network',
    icon: 'pficon-network',
    description:
      'For moving packets: CPUs of its own that are left alone by interrupts, and huge pages of 1Gi. Nodes need the static policy of the CPU manager and such pages.',
    sizes: {
      medium: [4, '4Gi'],
      large: [4, '8Gi'],
      xlarge: [8, '16Gi'],
      '2xlarge': [16, '32Gi'],
      '4xlarge': [32, '64Gi'],
      '8xlarge': [64, '128Gi'],
    },
    pages: { '': '1Gi' },
    cpu: alone,
    rest: {
      // What CRI-O keeps away from such CPUs.
      annotations: {
        'cpu-load-balancing.crio.io': 'disable',
        'cpu-quota.crio.io': 'disable',
        'irq-load-balancing.crio.io': 'disable',
      },
    },
  },
];
