/** Rules on processors: how many, of which model, and whose. */
import { invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

/** More virtual CPUs need an emulated IOMMU, which guests do not get. */
const mostCpus = 255;

export function cpusAreWithinMachine({ spec, path }: SpecContext): Cause[] {
  const { sockets, cores, threads } = spec.domain.cpu ?? {};
  const count = (sockets || 1) * (cores || 1) * (threads || 1);
  if (count <= mostCpus) return [];
  const field = `${path}.domain.cpu`;
  return [
    invalid(
      field,
      `${field} asks for ${count} virtual CPUs (sockets × cores × threads); at most ${mostCpus} are possible`,
    ),
  ];
}

export function cpuModelIsAName({ spec, path }: SpecContext): Cause[] {
  const model = spec.domain.cpu?.model;
  if (!model || /^[A-Za-z0-9][-A-Za-z0-9_.]{0,63}$/.test(model)) return [];
  const field = `${path}.domain.cpu.model`;
  return [
    invalid(
      field,
      `${field} '${model}' is no CPU model; use host-model, host-passthrough or a name such as Skylake-Server`,
    ),
  ];
}

const policies = ['force', 'require', 'optional', 'disable', 'forbid'];

export function cpuFeaturePolicyIsKnown({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.domain.cpu?.features, `${path}.domain.cpu.features`, ({ name, policy }, field) => {
    if (!policy || policies.includes(policy)) return [];
    const message = `CPU feature ${name} uses policy ${policy} that is not supported. Use one of: ${policies.join(', ')}`;
    return [notSupported(`${field}.policy`, message)];
  });
}

/** A feature's name is part of a label of nodes. */
export function cpuFeatureIsAName({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.domain.cpu?.features, `${path}.domain.cpu.features`, ({ name }, field) =>
    /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)
      ? []
      : [invalid(`${field}.name`, `${field}.name '${name}' is no CPU feature; write it like avx2 or sse4.1`)],
  );
}

export function socketsWithinMaximum({ spec, path }: SpecContext): Cause[] {
  const { sockets, maxSockets } = spec.domain.cpu ?? {};
  if (!maxSockets || (sockets ?? 1) <= maxSockets) return [];
  const message = 'Number of sockets in CPU topology is greater than the maximum sockets allowed';
  return [invalid(`${path}.domain.cpu.sockets`, `${message}: ${sockets} > ${maxSockets}`)];
}

export function mirroredMemoryNeedsOwnCpus({ spec, path }: SpecContext): Cause[] {
  const { cpu } = spec.domain;
  if (!cpu?.numa?.guestMappingPassthrough || cpu.dedicatedCpuPlacement) return [];
  const field = `${path}.domain.cpu.numa.guestMappingPassthrough`;
  return [
    invalid(
      field,
      `${path}.domain.cpu.dedicatedCpuPlacement must be set to true when NUMA topology strategy is set in ${field}`,
    ),
  ];
}

export function mirroredMemoryNeedsHugepages({ spec, path }: SpecContext): Cause[] {
  const { cpu, memory } = spec.domain;
  if (!cpu?.numa?.guestMappingPassthrough || memory?.hugepages) return [];
  const field = `${path}.domain.cpu.numa.guestMappingPassthrough`;
  return [
    invalid(
      field,
      `${path}.domain.memory.hugepages must be requested when NUMA topology strategy is set in ${field}`,
    ),
  ];
}

export function realtimeNeedsOwnCpus({ spec, path }: SpecContext): Cause[] {
  const { cpu } = spec.domain;
  if (!cpu?.realtime || cpu.dedicatedCpuPlacement) return [];
  const field = `${path}.domain.cpu.dedicatedCpuPlacement`;
  return [required(field, `${field} must be set to true when ${path}.domain.cpu.realtime is used`)];
}

export function realtimeNeedsMirroredMemory({ spec, path }: SpecContext): Cause[] {
  const { cpu } = spec.domain;
  if (!cpu?.realtime || cpu.numa?.guestMappingPassthrough) return [];
  const field = `${path}.domain.cpu.numa.guestMappingPassthrough`;
  return [required(field, `${field} must be defined when ${path}.domain.cpu.realtime is used`)];
}
