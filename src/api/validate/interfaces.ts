/** Rules on each interface alone. */
import { normalMac } from '../../network/mac.ts';
import type { Interface } from '../types.ts';
import { duplicate, invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isPciAddress } from './disk-geometry.ts';
import { isDnsLabel } from './names.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

function forEachInterface(context: SpecContext, each: (iface: Interface, field: string) => Cause[]): Cause[] {
  return forEachItem(
    context.spec.domain.devices.interfaces,
    `${context.path}.domain.devices.interfaces`,
    each,
  );
}

export function interfaceNameIsPlain(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name }, field) =>
    /^[A-Za-z0-9-_]{1,63}$/.test(name)
      ? []
      : [
          invalid(
            `${field}.name`,
            'Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_); at most 63',
          ),
        ],
  );
}

/** Ways to connect an interface; `passt` and its like are of past releases. */
const bindings = [
  'bridge',
  'masquerade',
  'sriov',
  'passtBinding',
  'binding',
  'slirp',
  'macvtap',
  'passt',
] as const;
const discontinued = ['slirp', 'macvtap', 'passt'] as const;

export function interfaceHasOneBinding(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) => {
    const found = bindings.filter((binding) => iface[binding]);
    if (found.length === 1) return [];
    const what = found.length === 0 ? 'none is set' : `found ${found.join(', ')}`;
    return [
      invalid(
        field,
        `logical ${iface.name} interface must have exactly one binding method or binding plugin; ${what}; use masquerade: {}`,
      ),
    ];
  });
}

export function bindingIsNotDiscontinued(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) =>
    discontinued
      .filter((binding) => iface[binding])
      .map((binding) =>
        invalid(
          `${field}.${binding}`,
          `${binding} interface has been discontinued since v1.3; use masquerade: {}`,
        ),
      ),
  );
}

export function masqueradeIsOnPodNetwork(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) => {
    const network = context.spec.networks?.find(({ name }) => name === iface.name);
    if (!iface.masquerade || !network || network.pod) return [];
    return [
      invalid(`${field}.name`, 'Masquerade interface only implemented with pod network; use network pod: {}'),
    ];
  });
}

const models = ['e1000', 'e1000e', 'igb', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio'];

export function interfaceModelIsKnown(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, model }, field) =>
    !model || models.includes(model)
      ? []
      : [
          notSupported(
            `${field}.model`,
            `interface ${field}.name '${name}' uses model ${model} that is not supported. Use one of: ${models.join(', ')}`,
          ),
        ],
  );
}

/** The address that the bridge side of a masquerade interface has. */
const reservedMac = '02:00:00:00:00:00';
/** QEMU takes it for none and makes one up, which our DHCP server would not know. */
const zeroMac = '00:00:00:00:00:00';

export function macAddressIsUsable(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, macAddress }, field) => {
    if (!macAddress) return [];
    const problem = macProblem(macAddress);
    if (problem === undefined) return [];
    return [invalid(`${field}.macAddress`, `interface ${field}.name '${name}' has ${problem}.`)];
  });
}

function macProblem(text: string): string | undefined {
  const mac = normalMac(text);
  if (mac === undefined) return `malformed MAC address (${text}); write it like 02:11:22:33:44:55`;
  if (mac === zeroMac) return `an empty MAC address (${mac}); leave it out to be given one`;
  if (mac === reservedMac) return `the reserved MAC address (${mac}); choose another`;
  const multicast = Number.parseInt(mac.slice(1, 2), 16) % 2 === 1;
  return multicast ? `a multicast MAC address (${mac}); use an even first byte, such as 02` : undefined;
}

export function interfacePciAddressIsWellFormed(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, pciAddress }, field) =>
    !pciAddress || isPciAddress(pciAddress)
      ? []
      : [
          invalid(
            `${field}.pciAddress`,
            `interface ${field}.name '${name}' has malformed PCI address (${pciAddress}). Write it like 0000:81:01.0`,
          ),
        ],
  );
}

export function acpiIndexIsPositive(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ acpiIndex }, field) =>
    acpiIndex === undefined || (acpiIndex > 0 && acpiIndex < 16384)
      ? []
      : [invalid(`${field}.acpiIndex`, `${field}.acpiIndex '${acpiIndex}': must be from 1 to 16383`)],
  );
}

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
