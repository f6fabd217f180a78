/** Pins virtual processors and QEMU's own threads to processors that the pod has to itself. */
import type { Vmi } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { DomainContext } from '../context.ts';
import { assignPins } from '../host-cpus.ts';
import type { HostCpu, Pins } from '../host-cpus.ts';
import { topologyOf } from './cpu-topology.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { ioThreadCount, poolSize } from './io-threads.ts';

/**
 * The processors of a guest that has its own; undefined for others.
 * @throws MonovirtError `CpusUnknown`, `CpusNotDedicated` or `CoresDoNotFit`, none of which a retry mends.
 */
export function pinsOf(vmi: Vmi, { hostCpus }: DomainContext): Pins | undefined {
  const { cpu } = vmi.spec.domain;
  if (cpu?.dedicatedCpuPlacement !== true) return undefined;
  if (hostCpus === undefined)
    throw new MonovirtError('CpusUnknown', 'nobody has looked which processors the pod has', 'never');
  const { sockets, cores, threads } = topologyOf(vmi.spec);
  return assignPins(hostCpus, {
    cores: sockets * cores,
    threads,
    spare: poolSize(vmi.spec) + (cpu.isolateEmulatorThread === true ? 1 : 0),
    strict: cpu.numa?.guestMappingPassthrough !== undefined,
  });
}

/** `<cputune>`. Threads that are not pinned use any of the pod's processors. */
export function cpuTune(vmi: Vmi, context: DomainContext): Element | undefined {
  const pins = pinsOf(vmi, context);
  if (pins === undefined) return undefined;
  const pool = pins.spare.slice(0, poolSize(vmi.spec));
  const emulator = pins.spare.at(pool.length);
  return el(
    'cputune',
    {},
    ...pins.vcpus.map(({ id }, vcpu) => el('vcpupin', { vcpu, cpuset: id })),
    emulator === undefined ? undefined : el('emulatorpin', { cpuset: emulator.id }),
    ...ioThreadPins(vmi, pool, emulator),
  );
}

/** A thread of the pool has a processor of its own; others share the emulator's, if that has one. */
function ioThreadPins(vmi: Vmi, pool: readonly HostCpu[], emulator: HostCpu | undefined): Element[] {
  if (pool.length > 0) return pool.map(({ id }, index) => ioThreadPin(index, id));
  if (emulator === undefined) return [];
  return Array.from({ length: ioThreadCount(vmi.spec) }, (_, index) => ioThreadPin(index, emulator.id));
}

const ioThreadPin = (index: number, cpuset: number): Element =>
  el('iothreadpin', { iothread: index + 1, cpuset });
