/** The size of a guest's processor. Pure. */
import type { VmiSpec } from './types.ts';

/** The number of virtual CPUs: sockets × cores × threads. */
export function vcpus(spec: VmiSpec): number {
  const { sockets = 1, cores = 1, threads = 1 } = spec.domain.cpu ?? {};
  return sockets * cores * threads;
}
