/** Rules on guests that have processors to themselves: their pod must be one that the kubelet gives whole ones. */
import { milliUnits, tryParseQuantity } from '../quantity.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const nanosPerUnit = 1_000_000_000n;

interface Dedicated {
  /** `…domain` */
  at: string;
  field: string;
  cpus: { requests: bigint; limits: bigint };
  vcpus: bigint;
}

/** What the rules look at, in billionths; undefined for guests that share processors. */
function dedicated({ spec, path }: SpecContext): Dedicated | undefined {
  const { cpu, resources } = spec.domain;
  if (!cpu?.dedicatedCpuPlacement) return undefined;
  const { sockets, cores, threads } = cpu;
  const amount = (kind: 'requests' | 'limits'): bigint => tryParseQuantity(resources?.[kind]?.cpu) ?? 0n;
  return {
    at: `${path}.domain`,
    field: `${path}.domain.cpu.dedicatedCpuPlacement`,
    cpus: { requests: amount('requests'), limits: amount('limits') },
    vcpus: BigInt((sockets || 1) * (cores || 1) * (threads || 1)) * nanosPerUnit,
  };
}

/** The kubelet gives whole processors only. The misspelling is what tools match. */
export function dedicatedCpusAreWhole(context: SpecContext): Cause[] {
  const found = dedicated(context);
  return (['requests', 'limits'] as const).flatMap((kind) =>
    found === undefined || found.cpus[kind] % nanosPerUnit === 0n
      ? []
      : [
          invalid(
            `${found.at}.resources.${kind}.cpu`,
            `provided resources CPU ${kind} must be an interger; it is ${milliUnits(context.spec.domain.resources?.[kind]?.cpu ?? '0')}m`,
          ),
        ],
  );
}

export function dedicatedMemoryIsGuaranteed({ spec, path }: SpecContext): Cause[] {
  const { cpu, resources } = spec.domain;
  if (!cpu?.dedicatedCpuPlacement) return [];
  const amounts = [resources?.requests?.memory, resources?.limits?.memory].map(tryParseQuantity);
  const stated = new Set(amounts.filter((amount) => amount !== undefined && amount > 0n));
  if (stated.size <= 1) return [];
  const at = `${path}.domain.resources`;
  return [invalid(`${at}.requests.memory`, `${at}.requests.memory must be equal to ${at}.limits.memory`)];
}

export function dedicatedRequestIsLimit(context: SpecContext): Cause[] {
  const found = dedicated(context);
  if (found === undefined) return [];
  const { at, field, cpus } = found;
  const { requests, limits } = cpus;
  if (requests <= 0n || limits <= 0n || requests === limits) return [];
  const message = `${at}.resources.requests.cpu or ${at}.resources.limits.cpu must be equal when DedicatedCPUPlacement is true `;
  return [invalid(field, message)];
}

/** The topology says how many processors there are; a request that says another number says nothing. */
export function dedicatedRequestIsTopology(context: SpecContext): Cause[] {
  const found = dedicated(context);
  if (found === undefined) return [];
  const { at, field, cpus, vcpus } = found;
  const stated = Object.values(cpus).filter((amount) => amount > 0n);
  if (stated.length === 0 || stated.includes(vcpus)) return [];
  const message = `${at}.resources.requests.cpu or ${at}.resources.limits.cpu must not be provided at the same time with ${at}.cpu.cores when DedicatedCPUPlacement is true `;
  return [invalid(field, message)];
}

export function dedicatedThreadsFitACore({ spec, path }: SpecContext): Cause[] {
  const { dedicatedCpuPlacement, threads = 1 } = spec.domain.cpu ?? {};
  if (!dedicatedCpuPlacement || threads <= 2) return [];
  const at = `${path}.domain.cpu`;
  const message = `Not more than two threads must be provided at ${at}.threads (got ${threads}) when DedicatedCPUPlacement is true`;
  return [invalid(`${at}.dedicatedCpuPlacement`, message)];
}

/** Without its overhead the pod would be limited to less than it needs, and killed for it. */
export function dedicatedKeepsItsOverhead({ spec, path }: SpecContext): Cause[] {
  const { cpu, resources } = spec.domain;
  if (!cpu?.dedicatedCpuPlacement || !resources?.overcommitGuestOverhead) return [];
  const field = `${path}.domain.resources.overcommitGuestOverhead`;
  const message = `${field} is not possible with dedicatedCpuPlacement, whose pods are limited to what they request; remove it`;
  return [invalid(field, message)];
}

/** Arm's cores have one thread. */
export function dedicatedArmHasOneThread({ spec, path }: SpecContext): Cause[] {
  const { dedicatedCpuPlacement, threads = 1 } = spec.domain.cpu ?? {};
  if (!dedicatedCpuPlacement || threads <= 1 || spec.architecture !== 'arm64') return [];
  const field = `${path}.architecture`;
  const message = `threads must not be greater than 1 at ${path}.domain.cpu.threads (got ${threads}) when ${field} is arm64`;
  return [invalid(field, message)];
}

export function isolatedEmulatorNeedsOwnCpus({ spec, path }: SpecContext): Cause[] {
  const { cpu } = spec.domain;
  if (!cpu?.isolateEmulatorThread || cpu.dedicatedCpuPlacement) return [];
  const message = 'IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement';
  return [invalid(`${path}.domain.cpu.isolateEmulatorThread`, message)];
}
