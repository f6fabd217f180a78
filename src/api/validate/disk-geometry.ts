/** Rules on where a disk sits and how its blocks are cut. */
import { busOf } from '../disks.ts';
import type { Disk } from '../types.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachDisk } from './disks.ts';
import type { SpecContext } from './rule.ts';

const policies = ['stop', 'ignore', 'report', 'enospace'];

export function errorPolicyIsKnown(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ errorPolicy }, field) =>
    !errorPolicy || policies.includes(errorPolicy)
      ? []
      : [
          invalid(
            `${field}.errorPolicy`,
            `${field}.errorPolicy has invalid value "${errorPolicy}"; use one of: ${policies.join(', ')}`,
          ),
        ],
  );
}

/** `domain:bus:slot.function`, as lspci prints it. */
export const isPciAddress = (text: string): boolean =>
  /^[\da-fA-F]{4}:[\da-fA-F]{2}:[01][\da-fA-F]\.[0-7]$/.test(text);

export function diskPciAddressIsUsable(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ disk }, item) => {
    const address = disk?.pciAddress;
    const field = `${item}.disk.pciAddress`;
    if (!address) return [];
    if (disk.bus !== 'virtio') {
      return [
        invalid(field, `disk ${item}.name - setting a PCI address is only possible with bus type virtio.`),
      ];
    }
    if (isPciAddress(address)) return [];
    return [
      invalid(field, `disk ${item}.name has malformed PCI address (${address}). Write it like 0000:81:01.0`),
    ];
  });
}

const leastBlock = 512;
const mostBlock = 2_097_152;

export function blockSizesArePossible(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ blockSize }, item) =>
    (['logical', 'physical'] as const).flatMap((name) => {
      if (!blockSize?.custom) return [];
      const size = blockSize.custom[name] ?? 0;
      const field = `${item}.blockSize.custom.${name}`;
      const problem = sizeProblem(size);
      return problem === undefined ? [] : [invalid(field, `Provided size of ${size} is ${problem}`)];
    }),
  );
}

function sizeProblem(size: number): string | undefined {
  if (size < leastBlock) return `less than the supported minimum size of ${leastBlock}`;
  if (size > mostBlock) return `greater than the supported maximum size of ${mostBlock}`;
  return Number.isInteger(Math.log2(size)) ? undefined : 'not a power of 2';
}

export function blockSizesFit(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, item) => {
    const custom = disk.blockSize?.custom;
    if (!custom) return [];
    return fitProblems(custom, busOf(disk)).map((message) => invalid(`${item}.blockSize.custom`, message));
  });
}

type Sizes = NonNullable<NonNullable<Disk['blockSize']>['custom']>;

function fitProblems({ logical = 0, physical = 0, discardGranularity = 0 }: Sizes, bus: string): string[] {
  const problems: string[] = [];
  if (logical > physical) {
    problems.push(`Logical size ${logical} must be the same or less than the physical size of ${physical}`);
  }
  if (bus === 'sata' && logical !== leastBlock) {
    problems.push(`Logical size ${logical} must be ${leastBlock} for SATA devices`);
  }
  if (logical > 0 && discardGranularity % logical !== 0) {
    problems.push(`Discard granularity ${discardGranularity} must be multiples of logical size ${logical}`);
  }
  return problems;
}

export function oneBlockSize(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ blockSize }, item) => {
    const { custom, matchVolume } = blockSize ?? {};
    if (!custom || !matchVolume || matchVolume.enabled === false) return [];
    const field = `${item}.blockSize`;
    return [
      invalid(
        field,
        `Block size matching can't be enabled together with a custom value. Keep one of ${field}.custom and ${field}.matchVolume`,
      ),
    ];
  });
}
