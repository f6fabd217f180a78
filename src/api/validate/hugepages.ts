/** Rules on what guest memory is made of, and what is reserved beside it. */
import { tryParseQuantity } from '../quantity.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const megabyte = 1n << 20n;
const nanosPerUnit = 1_000_000_000n;

/** The size of a page in bytes; undefined when it is none. */
function pageBytes(size: string | undefined): bigint | undefined {
  const bytes = (tryParseQuantity(size) ?? 0n) / nanosPerUnit;
  // Huge pages are powers of two of a megabyte or more, on every processor that has them.
  return bytes >= megabyte && (bytes & (bytes - 1n)) === 0n ? bytes : undefined;
}

export function pageSizeIsAQuantity({ spec, path }: SpecContext): Cause[] {
  const hugepages = spec.domain.memory?.hugepages;
  if (!hugepages || pageBytes(hugepages.pageSize) !== undefined) return [];
  const field = `${path}.domain.memory.hugepages.pageSize`;
  return [
    invalid(
      field,
      `${field} '${hugepages.pageSize ?? ''}': is no size of huge pages; write it like 2Mi or 1Gi`,
    ),
  ];
}

/** How an amount of memory does not come out in pages; undefined when it does. */
function misfit(amount: string | undefined, { spec, path }: SpecContext): string | undefined {
  const size = spec.domain.memory?.hugepages?.pageSize;
  const page = pageBytes(size);
  const bytes = (tryParseQuantity(amount) ?? 0n) / nanosPerUnit;
  if (page === undefined || bytes <= 0n || bytes % page === 0n) return undefined;
  const wrong = bytes < page ? 'must be equal to or larger than' : 'is not a multiple of the';
  return `'${amount}' ${wrong} page size ${path}.domain.memory.hugepages.pageSize '${size}'`;
}

export function memoryFillsHugepages(context: SpecContext): Cause[] {
  const { memory, resources } = context.spec.domain;
  const wrong = misfit(resources?.requests?.memory ?? memory?.guest ?? resources?.limits?.memory, context);
  const field = `${context.path}.domain.resources.requests.memory`;
  return wrong === undefined ? [] : [invalid(field, `${field} ${wrong}`)];
}

/** The guest's memory is what the pages are for, whatever is requested for it. */
export function guestFillsHugepages(context: SpecContext): Cause[] {
  const wrong = misfit(context.spec.domain.memory?.guest, context);
  const field = `${context.path}.domain.memory.guest`;
  return wrong === undefined ? [] : [invalid(field, `${field} ${wrong}`)];
}

export function reservedOverheadIsGated({ spec, path, config }: SpecContext): Cause[] {
  const reserved = spec.domain.memory?.reservedOverhead;
  if (!reserved || config.featureGates.has('ReservedOverheadMemlock')) return [];
  const message =
    'Reserved overhead memlock feature gate is not enabled in kubevirt-config. Add ReservedOverheadMemlock to developerConfiguration.featureGates of the KubeVirt object';
  return [invalid(`${path}.domain.memory.reservedOverhead`, message)];
}

export function reservedOverheadIsAQuantity({ spec, path }: SpecContext): Cause[] {
  const added = spec.domain.memory?.reservedOverhead?.addedOverhead;
  if (added === undefined || (tryParseQuantity(added) ?? -1n) >= 0n) return [];
  const field = `${path}.domain.memory.reservedOverhead.addedOverhead`;
  return [invalid(field, `${field} '${added}' is no amount of memory; write it like 64Mi`)];
}
