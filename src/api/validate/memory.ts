/** Rules on memory, CPU time and what is requested of the node. */
import { tryParseQuantity } from '../quantity.ts';
import type { QuantityLike } from '../quantity.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const megabyte = 1_000_000n * 1_000_000_000n;
const mebibyte = (1n << 20n) * 1_000_000_000n;

type Amounts = Readonly<Record<string, QuantityLike>>;

/** Every stated amount with its path. */
function amounts({ spec, path }: SpecContext): { field: string; value: QuantityLike }[] {
  const { resources, memory } = spec.domain;
  const of = (kind: 'requests' | 'limits'): { field: string; value: QuantityLike }[] =>
    Object.entries((resources?.[kind] ?? {}) as Amounts).map(([name, value]) => ({
      field: `${path}.domain.resources.${kind}.${name}`,
      value,
    }));
  const guest = memory?.guest;
  return [
    ...of('requests'),
    ...of('limits'),
    ...(guest === undefined ? [] : [{ field: `${path}.domain.memory.guest`, value: guest }]),
  ];
}

export function amountsAreQuantities(context: SpecContext): Cause[] {
  return amounts(context)
    .filter(({ value }) => tryParseQuantity(value) === undefined)
    .map(({ field, value }) =>
      invalid(field, `${field} '${value}' is not a quantity; write it like 512Mi, 2 or 100m`),
    );
}

export function amountsAreNotNegative(context: SpecContext): Cause[] {
  return amounts(context)
    .filter(({ value }) => (tryParseQuantity(value) ?? 0n) < 0n)
    .map(({ field, value }) => invalid(field, `${field} '${value}': must be greater than or equal to 0.`));
}

export function memoryIsRequested({ spec, path }: SpecContext): Cause[] {
  const { memory, resources } = spec.domain;
  const stated = [
    memory?.guest,
    memory?.hugepages?.pageSize,
    resources?.requests?.['memory'],
    resources?.limits?.['memory'],
  ];
  if (stated.some((value) => value !== undefined && tryParseQuantity(value) !== 0n)) return [];
  const domain = `${path}.domain`;
  return [
    required(
      `${domain}.memory`,
      `no memory requested, at least one of '${domain}.memory.guest', '${domain}.memory.hugepages.size' or '${domain}.resources.requests.memory' must be set`,
    ),
  ];
}

export function guestMemoryIsEnough({ spec, path }: SpecContext): Cause[] {
  const guest = spec.domain.memory?.guest;
  const nanos = tryParseQuantity(guest);
  const field = `${path}.domain.memory.guest`;
  if (nanos === undefined || nanos < 0n || nanos >= mebibyte) return [];
  return [
    invalid(
      field,
      `${field} '${guest}': must be greater than or equal to 1Mi; a usual guest needs 64Mi or more`,
    ),
  ];
}

export function requestedMemoryIsEnough({ spec, path }: SpecContext): Cause[] {
  const request = spec.domain.resources?.requests?.['memory'];
  const nanos = tryParseQuantity(request);
  const field = `${path}.domain.resources.requests.memory`;
  if (nanos === undefined || nanos <= 0n || nanos >= megabyte) return [];
  return [invalid(field, `${field} '${request}': must be greater than or equal to 1M.`)];
}

export const memoryRequestWithinLimit = (context: SpecContext): Cause[] =>
  requestWithinLimit(context, 'memory');
export const cpuRequestWithinLimit = (context: SpecContext): Cause[] => requestWithinLimit(context, 'cpu');

function requestWithinLimit({ spec, path }: SpecContext, name: 'cpu' | 'memory'): Cause[] {
  const request = spec.domain.resources?.requests?.[name];
  const limit = spec.domain.resources?.limits?.[name];
  if (!exceeds(request, limit)) return [];
  const resources = `${path}.domain.resources`;
  const field = `${resources}.requests.${name}`;
  return [invalid(field, `${field} '${request}' is greater than ${resources}.limits.${name} '${limit}'`)];
}

export function guestMemoryWithinLimit({ spec, path }: SpecContext): Cause[] {
  const guest = spec.domain.memory?.guest;
  const limit = spec.domain.resources?.limits?.['memory'];
  if (!exceeds(guest, limit)) return [];
  const field = `${path}.domain.memory.guest`;
  return [
    invalid(
      field,
      `${field} '${guest}' must be equal to or less than the memory limit ${path}.domain.resources.limits.memory '${limit}'`,
    ),
  ];
}

/** A limit of 0 limits nothing, as for containers. */
function exceeds(value: string | undefined, limit: string | undefined): boolean {
  const most = tryParseQuantity(limit);
  const stated = tryParseQuantity(value);
  return stated !== undefined && most !== undefined && most > 0n && stated > most;
}
