/** Threads of QEMU that serve disks: how many a guest has, and which disk has which. Pure. */
import { busOf } from '../../api/disks.ts';
import type { Disk, Vmi, VmiSpec } from '../../api/types.ts';
import { topologyOf } from './cpu-topology.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** With the policy `auto`, more threads than this for each virtual CPU would only wait for one another. */
const autoThreadsPerCpu = 2;

/** Only virtio disks can leave QEMU's main loop. */
const threaded = (disk: Disk): boolean => busOf(disk) === 'virtio';
const dedicated = ({ dedicatedIOThread }: Disk): boolean => dedicatedIOThread === true;

/** Threads of the pool that every disk shares; 0 for any other policy. */
export function poolSize({ domain }: VmiSpec): number {
  return domain.ioThreadsPolicy === 'supplementalPool'
    ? (domain.ioThreads?.supplementalPoolThreadCount ?? 0)
    : 0;
}

/** How many I/O threads a guest has. */
export function ioThreadCount(spec: VmiSpec): number {
  const pool = poolSize(spec);
  if (pool > 0) return pool;
  const own = disksOf(spec).filter(dedicated).length;
  return hasThreads(spec) ? sharedThreads(spec) + own : 0;
}

/** `<iothreads>`. */
export function ioThreads(vmi: Vmi): Element | undefined {
  const count = ioThreadCount(vmi.spec);
  return count === 0 ? undefined : el('iothreads', {}, String(count));
}

/** What a disk's `<driver>` says of its thread: an attribute, or with a pool the list of all its threads. */
export interface DiskThreads {
  iothread?: number;
  mapping?: Element;
}

/** The I/O threads of one disk of the spec. */
export function iothreadOf(vmi: Vmi, disk: Disk): DiskThreads {
  const { spec } = vmi;
  if (!threaded(disk)) return {};
  const pool = poolSize(spec);
  if (pool > 0) return { mapping: el('iothreads', {}, ...numbers(pool).map((id) => el('iothread', { id }))) };
  if (!hasThreads(spec)) return {};
  const shared = sharedThreads(spec);
  const alike = disksOf(spec).filter((other) => dedicated(other) === dedicated(disk));
  const index = alike.findIndex(({ name }) => name === disk.name);
  return { iothread: dedicated(disk) ? shared + index + 1 : (index % shared) + 1 };
}

const disksOf = ({ domain }: VmiSpec): Disk[] => (domain.devices.disks ?? []).filter(threaded);

const hasThreads = (spec: VmiSpec): boolean =>
  Boolean(spec.domain.ioThreadsPolicy) || disksOf(spec).some(dedicated);

/** Threads for the disks that have none of their own: one, or with `auto` one a disk within reason. */
function sharedThreads(spec: VmiSpec): number {
  const { ioThreadsPolicy, cpu = {} } = spec.domain;
  const { sockets, cores, threads } = topologyOf(spec);
  const own = disksOf(spec).filter(dedicated).length;
  const others = disksOf(spec).length - own;
  // A thread that shares the emulator's processor gains nothing from company.
  if (ioThreadsPolicy !== 'auto' || cpu.isolateEmulatorThread === true) return 1;
  const most = autoThreadsPerCpu * sockets * cores * threads;
  return Math.max(1, Math.min(others, most - own));
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
