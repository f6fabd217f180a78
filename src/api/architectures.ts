/** Architectures of guests, and the machines of each. Pure. */
import type { ClusterConfig } from './cluster-config.ts';

/** Those that domains can be built for; whether a node has one is for the scheduler to say. */
export const knownArchitectures: readonly string[] = ['amd64', 'arm64'];

export interface Machines {
  /** Type of guests that name none. */
  type: string;
  /** Types that guests may name; `*` matches anything. */
  allowed: readonly string[];
}

/** KubeVirt's defaults; the cluster's configuration is about its own architecture. */
const arm: Machines = { type: 'virt', allowed: ['virt*'] };

/** @param architecture of a guest; the cluster's without one. */
export function machinesOf(architecture: string | undefined, config: ClusterConfig): Machines {
  const own = (architecture || config.architecture) === config.architecture;
  if (!own && architecture === 'arm64') return arm;
  return { type: config.machineType, allowed: config.emulatedMachines };
}
