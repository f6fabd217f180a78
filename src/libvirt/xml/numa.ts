/** The guest's memory nodes, when they mirror those of the node that its processors are on. */
import type { Vmi } from '../../api/types.ts';
import { wholeUnits } from '../../api/quantity.ts';
import type { DomainContext } from '../context.ts';
import { pinsOf } from './cpu-tune.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { guestBytesOf } from './memory.ts';

/** One memory node of the guest. */
interface Cell {
  id: number;
  /** Number of the node's memory node that it lies on. */
  host: number;
  /** Virtual processors next to it. */
  cpus: number[];
  bytes: bigint;
}

/** `<numa>` of `<cpu>`. */
export function guestNuma(vmi: Vmi, context: DomainContext): Element | undefined {
  const cells = cellsOf(vmi, context);
  if (cells.length === 0) return undefined;
  return el(
    'numa',
    {},
    ...cells.map(({ id, cpus, bytes }) =>
      el('cell', { id, cpus: cpus.join(','), memory: bytes.toString(), unit: 'b' }),
    ),
  );
}

/** `<numatune>`: each memory node of the guest is taken from the one it mirrors, and from no other. */
export function numaTune(vmi: Vmi, context: DomainContext): Element | undefined {
  const cells = cellsOf(vmi, context);
  if (cells.length === 0) return undefined;
  return el(
    'numatune',
    {},
    el('memory', { mode: 'strict', nodeset: cells.map(({ host }) => host).join(',') }),
    ...cells.map(({ id, host }) => el('memnode', { cellid: id, mode: 'strict', nodeset: host })),
  );
}

function cellsOf(vmi: Vmi, context: DomainContext): Cell[] {
  const { cpu, memory } = vmi.spec.domain;
  const pageSize = memory?.hugepages?.pageSize;
  const pins = pinsOf(vmi, context);
  if (cpu?.numa?.guestMappingPassthrough === undefined || pageSize === undefined || !pins) return [];
  const nodes = [...Map.groupBy(pins.vcpus.entries(), ([, { numaNode }]) => numaNode)];
  const shares = shared(guestBytesOf(vmi), nodes.length, wholeUnits(pageSize));
  return nodes.map(([host, vcpus], id) => ({
    id,
    host,
    cpus: vcpus.map(([index]) => index),
    bytes: shares[id] ?? 0n,
  }));
}

/** Equal shares of whole pages; the first takes what is left over. */
function shared(bytes: bigint, count: number, page: bigint): bigint[] {
  const each = (bytes / BigInt(count) / page) * page;
  const left = bytes - each * BigInt(count);
  return Array.from({ length: count }, (_, index) => (index === 0 ? each + left : each));
}
