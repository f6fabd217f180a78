/** Rules on what may be requested of a node, and how much of it there can be at all. */
import { tryParseQuantity } from '../quantity.ts';
import type { QuantityLike } from '../quantity.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { isLabelKey } from './labels.ts';
import type { SpecContext } from './rule.ts';

const nanosPerUnit = 1_000_000_000n;

/** Processors address 52 bits; no guest has more, and what is added to it still counts as a quantity. */
const mostMemory = (1n << 52n) * nanosPerUnit;

const standard: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const kinds = ['requests', 'limits'] as const;
type Amounts = Readonly<Record<string, QuantityLike>>;

const amountsOf = ({ spec }: SpecContext, kind: (typeof kinds)[number]): Amounts =>
  spec.domain.resources?.[kind] ?? {};

/** Kubernetes' rule on names of resources of containers. */
export function requestedResourceCanBe(context: SpecContext): Cause[] {
  return kinds.flatMap((kind) =>
    Object.keys(amountsOf(context, kind)).flatMap((name) => {
      const remedy = remedyFor(name);
      const field = `${context.path}.domain.resources.${kind}.${name}`;
      return remedy === undefined ? [] : [invalid(field, `${field}: no pod can have '${name}'; ${remedy}`)];
    }),
  );
}

/** What to do about a name that no pod can have. */
function remedyFor(name: string): string | undefined {
  if (standard.includes(name) || isExtended(name)) return undefined;
  return name.startsWith('hugepages-')
    ? 'set domain.memory.hugepages.pageSize instead'
    : `use one of ${standard.join(', ')}, or a device plugin's name such as example.com/device`;
}

/** A qualified name, with a domain before the slash. */
const isExtended = (name: string): boolean =>
  name.includes('/') && isLabelKey(name) && !name.startsWith('requests.');

/** Devices cannot be shared: what a pod asks for it also gets, whole and no more. */
export function requestedDevicesAreWhole(context: SpecContext): Cause[] {
  const [requests, limits] = [amountsOf(context, 'requests'), amountsOf(context, 'limits')];
  const names = new Set([...Object.keys(requests), ...Object.keys(limits)].filter(isShareless));
  return [...names].flatMap((name) => {
    const most = tryParseQuantity(limits[name]);
    const asked = Object.hasOwn(requests, name) ? tryParseQuantity(requests[name]) : most;
    if (most !== undefined && most === asked && most % nanosPerUnit === 0n) return [];
    const field = `${context.path}.domain.resources.limits.${name}`;
    const message = `${field}: '${name}' is counted whole, and its request is its limit; state the same number in limits, and in requests if there`;
    return [invalid(field, message)];
  });
}

/** Kubernetes' own names may be promised twice. */
const isShareless = (name: string): boolean => isExtended(name) && !name.includes('kubernetes.io/');

export function memoryIsAddressable(context: SpecContext): Cause[] {
  const { memory } = context.spec.domain;
  const stated: [string, QuantityLike | undefined][] = [
    ['memory.guest', memory?.guest],
    ['memory.maxGuest', memory?.maxGuest],
    ['memory.hugepages.pageSize', memory?.hugepages?.pageSize],
    ['memory.reservedOverhead.addedOverhead', memory?.reservedOverhead?.addedOverhead],
    ...kinds.map((kind): [string, QuantityLike | undefined] => [
      `resources.${kind}.memory`,
      amountsOf(context, kind)['memory'],
    ]),
  ];
  return stated
    .filter(([, value]) => value !== undefined && (tryParseQuantity(value) ?? 0n) > mostMemory)
    .map(([name, value]) => {
      const field = `${context.path}.domain.${name}`;
      return invalid(field, `${field} '${value}' is more than a processor can address; use at most 4Pi`);
    });
}
