/** How a guest's processors are arranged. */
import type { VmiSpec } from '../../api/types.ts';

export interface CpuTopology {
  sockets: number;
  cores: number;
  threads: number;
}

/** The guest's processors; 0 means not given, as everywhere in the API. */
export function topologyOf({ domain }: VmiSpec): CpuTopology {
  const { sockets, cores, threads } = domain.cpu ?? {};
  return { sockets: sockets || 1, cores: cores || 1, threads: threads || 1 };
}
