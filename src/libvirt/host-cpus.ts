/** Which of the node's processors serve which virtual one. Pure. */
import { MonovirtError } from '../support/errors.ts';

/** A processor (hardware thread) of the node that this pod has to itself. */
export interface HostCpu {
  id: number;
  /** Threads of one core have the same; unique on the node. */
  core: string;
  /** Number of the memory node it is next to. */
  numaNode: number;
}

export interface PinRequest {
  cores: number;
  threads: number;
  /** Processors wanted beside those of the guest: for QEMU's own threads. */
  spare: number;
  /** Threads of one virtual core must be next to the same memory. */
  strict: boolean;
}

export interface Pins {
  /** For each virtual processor, in order, the node's. */
  vcpus: HostCpu[];
  spare: HostCpu[];
}

/**
 * Places virtual cores on whole cores of the node first, then on what is left over.
 * @throws MonovirtError `CpusNotDedicated` when the pod has another number of processors than it asked for,
 *   `CoresDoNotFit` when a virtual core would have to spread over memory nodes that must not.
 */
export function assignPins(cpus: readonly HostCpu[], request: PinRequest): Pins {
  const { cores, threads, spare, strict } = request;
  const wanted = cores * threads + spare;
  if (cpus.length !== wanted) {
    throw new MonovirtError(
      'CpusNotDedicated',
      `the pod may use ${cpus.length} processors of the node, but ${wanted} were asked for with ` +
        'dedicatedCpuPlacement; the kubelet of this node needs cpuManagerPolicy: static',
      'never',
    );
  }
  const { whole, rest } = chunks(cpus, threads);
  const bound = whole.slice(0, cores);
  const free = [...whole.slice(cores).flat(), ...rest];
  const loose = take(free, cores - bound.length, threads);
  if (strict && loose.some((core) => new Set(core.map(({ numaNode }) => numaNode)).size > 1)) {
    throw new MonovirtError(
      'CoresDoNotFit',
      'the threads of a virtual core would be on different NUMA nodes; use threads: 1, or let the kubelet ' +
        'of this node hand out whole cores (cpuManagerPolicyOptions full-pcpus-only)',
      'never',
    );
  }
  return {
    vcpus: [...bound, ...loose].toSorted(byNode).flat(),
    spare: free.slice((cores - bound.length) * threads),
  };
}

const byNode = (a: readonly HostCpu[], b: readonly HostCpu[]): number =>
  (a[0]?.numaNode ?? 0) - (b[0]?.numaNode ?? 0);

/** Groups of `size` threads of one core, and the threads that fill no group, ordered by memory node. */
function chunks(cpus: readonly HostCpu[], size: number): { whole: HostCpu[][]; rest: HostCpu[] } {
  const ordered = cpus.toSorted((a, b) => a.numaNode - b.numaNode || a.id - b.id);
  const byCore = [...Map.groupBy(ordered, ({ core }) => core).values()];
  const groups = byCore.flatMap((core) => take(core, Math.ceil(core.length / size), size));
  return {
    whole: groups.filter((group) => group.length === size),
    rest: groups.filter((group) => group.length < size).flat(),
  };
}

/** The first `count` groups of `size`. */
function take(cpus: readonly HostCpu[], count: number, size: number): HostCpu[][] {
  return Array.from({ length: count }, (_, index) => cpus.slice(index * size, (index + 1) * size));
}
