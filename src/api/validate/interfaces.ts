/** Rules on each interface alone. */
import { normalMac } from '../../network/mac.ts';
import type { Interface } from '../types.ts';
import { invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { isPciAddress } from './disk-geometry.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

/** A cause for each interface that `each` objects to. */
export function forEachInterface(
  context: SpecContext,
  each: (iface: Interface, field: string) => Cause[],
): Cause[] {
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
