/** How a preference spreads virtual CPUs over sockets, cores and threads. Pure. */
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import { invalid } from '../../api/validate/cause.ts';
import type { Cause } from '../../api/validate/cause.ts';

export type Topology = 'sockets' | 'cores' | 'threads' | 'spread' | 'any';
export type Across = 'SocketsCores' | 'CoresThreads' | 'SocketsCoresThreads';

/** Former names, which are still accepted, and today's. */
export const deprecatedTopologies: Readonly<Record<string, Topology>> = {
  preferSockets: 'sockets',
  preferCores: 'cores',
  preferThreads: 'threads',
  preferSpread: 'spread',
  preferAny: 'any',
};

export const topologies: readonly string[] = [
  ...Object.values(deprecatedTopologies),
  ...Object.keys(deprecatedTopologies),
];

export const acrossOptions: readonly string[] = ['SocketsCores', 'CoresThreads', 'SocketsCoresThreads'];

/** Sockets, unless the preference says otherwise. */
export function preferredTopology(preference: PreferenceSpec | undefined): Topology {
  const stated = preference?.cpu?.preferredCPUTopology || 'sockets';
  return deprecatedTopologies[stated] ?? (stated as Topology);
}

export interface Spread {
  across: Across;
  /** Cores a socket, or threads a core. */
  ratio: number;
}

const threadsPerCore = 2;

export function spreadOf(preference: PreferenceSpec | undefined): Spread {
  const { across, ratio } = preference?.cpu?.spreadOptions ?? {};
  return {
    across: (across ?? 'SocketsCores') as Across,
    ratio: ratio ?? (preference?.preferSpreadSocketToCoreRatio || 2),
  };
}

export interface CpuTopology {
  sockets: number;
  cores: number;
  threads: number;
}

/** Divides `cpus` as the preference likes; what cannot be divided was refused by `spreadIsEven`. */
export function topologyOf(cpus: number, preference: PreferenceSpec | undefined): CpuTopology {
  const one = { sockets: 1, cores: 1, threads: 1 };
  if (cpus === 1) return one;
  const topology = preferredTopology(preference);
  switch (topology) {
    case 'cores':
      return { ...one, cores: cpus };
    case 'threads':
      return { ...one, threads: cpus };
    case 'spread':
      return { ...one, ...spread(cpus, spreadOf(preference)) };
    default:
      return { ...one, sockets: cpus };
  }
}

function spread(cpus: number, { across, ratio }: Spread): Partial<CpuTopology> {
  switch (across) {
    case 'CoresThreads':
      return { threads: ratio, cores: Math.floor(cpus / ratio) };
    case 'SocketsCoresThreads':
      return {
        threads: threadsPerCore,
        cores: ratio,
        sockets: Math.floor(cpus / threadsPerCore / ratio),
      };
    default:
      return { cores: ratio, sockets: Math.floor(cpus / ratio) };
  }
}

/** Refuses an instancetype whose CPUs the preference cannot divide without a rest. */
export function spreadIsEven(
  instancetype: InstancetypeSpec | undefined,
  preference: PreferenceSpec | undefined,
): Cause[] {
  if (instancetype === undefined || preferredTopology(preference) !== 'spread') return [];
  const cpus = instancetype.cpu.guest;
  const { across, ratio } = spreadOf(preference);
  const group = across === 'SocketsCoresThreads' ? threadsPerCore * ratio : ratio;
  if (group > 0 && cpus % group === 0) return [];
  const by = {
    SocketsCores: `the Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio} provided by the preference`,
    CoresThreads: `the number of threads per core ${ratio}`,
    SocketsCoresThreads: `the number of threads per core ${threadsPerCore} and Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio}`,
  }[across];
  return [
    invalid(
      'instancetype.spec.cpu.guest',
      `${cpus} vCPUs provided by the instance type are not divisible by ${by}; choose an instancetype with a multiple of ${group} CPUs, or a preference that does not spread them`,
    ),
  ];
}
