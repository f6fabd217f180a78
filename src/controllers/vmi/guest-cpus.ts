/** Processor time that a guest asks of its node. Pure. */
import { milliUnits } from '../../api/quantity.ts';
import type { VmiSpec } from '../../api/types.ts';
import { poolSize } from '../../libvirt/xml/io-threads.ts';
import { isPositive, vcpus } from './guest.ts';

/** Whether the guest has processors to itself; its pod is then one that the kubelet gives whole ones. */
export const isDedicated = ({ domain }: VmiSpec): boolean => domain.cpu?.dedicatedCpuPlacement === true;

/** Processors that a guest has to itself: one for each of its own, for each I/O thread of a pool, and for QEMU. */
function dedicatedCpus(spec: VmiSpec): number {
  return vcpus(spec) + poolSize(spec) + (spec.domain.cpu?.isolateEmulatorThread === true ? 1 : 0);
}

/** @param ratio virtual CPUs that share one physical CPU's request. */
export function cpuRequest(spec: VmiSpec, ratio: number): string {
  if (isDedicated(spec)) return String(dedicatedCpus(spec));
  const { requests, limits } = spec.domain.resources ?? {};
  // A limit on CPU is a request too when none is stated.
  const stated = [requests?.cpu, limits?.cpu].find(isPositive);
  return stated ?? `${Math.ceil(((vcpus(spec) + poolSize(spec)) * 1000) / ratio)}m`;
}

export function cpuLimit(spec: VmiSpec): string | undefined {
  if (isDedicated(spec)) return String(dedicatedCpus(spec));
  const limit = spec.domain.resources?.limits?.cpu;
  return isPositive(limit) ? `${milliUnits(limit)}m` : undefined;
}
