/** Rules on the ports of interfaces. */
import { portRangesOf } from '../../network/port-ranges.ts';
import type { PortRange } from '../../network/port-ranges.ts';
import type { Interface } from '../types.ts';
import { duplicate, invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachInterface } from './interfaces.ts';
import { isDnsLabel } from './names.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

type Port = NonNullable<Interface['ports']>[number];

function forEachPort(context: SpecContext, each: (port: Port, field: string) => Cause[]): Cause[] {
  return forEachInterface(context, (iface, field) => forEachItem(iface.ports, `${field}.ports`, each));
}

export function portIsInRange(context: SpecContext): Cause[] {
  return forEachPort(context, ({ port }, field) => {
    if (port === 0) return [required(`${field}.port`, 'Port field is mandatory.')];
    return port > 0 && port < 65536
      ? []
      : [invalid(`${field}.port`, 'Port field must be in range 0 < x < 65536.')];
  });
}

export function portProtocolIsKnown(context: SpecContext): Cause[] {
  return forEachPort(context, ({ protocol }, field) =>
    !protocol || protocol === 'TCP' || protocol === 'UDP'
      ? []
      : [invalid(`${field}.protocol`, `Unknown protocol, only TCP or UDP allowed; found ${protocol}`)],
  );
}

export function portNameIsAName(context: SpecContext): Cause[] {
  return forEachPort(context, ({ name }, field) =>
    !name || (isDnsLabel(name) && name.length <= 15 && /[a-z]/.test(name))
      ? []
      : [
          invalid(
            `${field}.name`,
            `Invalid name of the port: ${name}; use at most 15 lower-case letters, digits and dashes, with one letter at least`,
          ),
        ],
  );
}

export function portNamesDiffer(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) =>
    repeats(iface.ports ?? [], ({ name }) => name || undefined).map(({ index }) =>
      duplicate(`${field}.ports[${index}].name`, `Duplicate name of the port: ${iface.ports?.[index]?.name}`),
    ),
  );
}

const isPort = (value: number): boolean => Number.isInteger(value) && value > 0 && value < 65536;

function forEachRange(context: SpecContext, each: (range: PortRange, field: string) => Cause[]): Cause[] {
  return forEachInterface(context, (iface, field) =>
    forEachItem(portRangesOf(iface), `${field}.portRanges`, each),
  );
}

function forEachWithRanges(
  context: SpecContext,
  each: (iface: Interface, field: string) => Cause[],
): Cause[] {
  return forEachInterface(context, (iface, field) =>
    portRangesOf(iface).length === 0 ? [] : each(iface, field),
  );
}

export function portRangesNeedTheirGate(context: SpecContext): Cause[] {
  if (context.config.featureGates.has('PortRangesSpec')) return [];
  return forEachWithRanges(context, (_, field) => [
    invalid(
      `${field}.name`,
      'portRanges is specified on interface but the PortRangesSpec feature gate is not enabled; list the ports in ports, or enable the gate in the KubeVirt object',
    ),
  ]);
}

export function portsOrPortRanges(context: SpecContext): Cause[] {
  return forEachWithRanges(context, ({ ports }, field) =>
    ports?.length
      ? [
          invalid(
            `${field}.name`,
            'Cannot define both ports and portRanges on interface; write single ports as ranges',
          ),
        ]
      : [],
  );
}

export function portRangesAreMasqueraded(context: SpecContext): Cause[] {
  return forEachWithRanges(context, ({ masquerade }, field) =>
    masquerade
      ? []
      : [
          invalid(
            `${field}.name`,
            'portRanges are only supported on masquerade interfaces; remove them, all ports are reached',
          ),
        ],
  );
}

const maxRanges = 10;

export function fewPortRanges(context: SpecContext): Cause[] {
  return forEachWithRanges(context, (iface, field) =>
    portRangesOf(iface).length <= maxRanges
      ? []
      : [invalid(`${field}.portRanges`, `No more than ${maxRanges} portRanges are allowed; join some`)],
  );
}

export function portRangeProtocolIsKnown(context: SpecContext): Cause[] {
  return forEachRange(context, ({ protocol }, field) =>
    !protocol || protocol === 'TCP' || protocol === 'UDP'
      ? []
      : [invalid(`${field}.protocol`, `Unknown protocol, only TCP or UDP allowed; found ${protocol}`)],
  );
}

export function portRangeStartIsAPort(context: SpecContext): Cause[] {
  return forEachRange(context, ({ start }, field) =>
    isPort(start) ? [] : [invalid(`${field}.start`, 'Start must be a valid port number, 0 < x < 65536')],
  );
}

export function portRangeEndIsAPort(context: SpecContext): Cause[] {
  return forEachRange(context, ({ end }, field) =>
    isPort(end) ? [] : [invalid(`${field}.end`, 'End must be a valid port number, 0 < x < 65536')],
  );
}

export function portRangeAscends(context: SpecContext): Cause[] {
  return forEachRange(context, ({ start, end }, field) =>
    start <= end ? [] : [invalid(`${field}.start`, 'Start must be less than or equal to end; swap them')],
  );
}

export function portRangesDoNotOverlap(context: SpecContext): Cause[] {
  return forEachWithRanges(context, (iface, field) => {
    const ranges = portRangesOf(iface).toSorted((a, b) => a.start - b.start);
    return ['TCP', 'UDP'].flatMap((protocol) => {
      const same = ranges.filter((range) => (range.protocol || 'TCP') === protocol);
      const late = same.findIndex(({ start }, index) => start <= (same[index - 1]?.end ?? -1));
      const [former, latter] = [same[late - 1], same[late]];
      if (!former || !latter) return [];
      const text = `${protocol} portRanges ${former.start}-${former.end} and ${latter.start}-${latter.end} overlap; join them`;
      return [invalid(`${field}.portRanges`, text)];
    });
  });
}
