/** What several families of devices share. */
import type { Vmi } from '../../api/types.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** What libvirt lets an alias consist of. */
const aliasCharacters = /^[A-Za-z0-9_-]+$/;

/**
 * An alias of our choosing survives in the running domain, so that devices are found again by their name in the
 * spec. A name that libvirt cannot take gives none.
 */
export function userAlias(name: string): Element | undefined {
  return when(aliasCharacters.test(name), () => el('alias', { name: `ua-${name}` }));
}

export function virtioModel(vmi: Vmi): 'virtio-transitional' | 'virtio-non-transitional' {
  return vmi.spec.domain.devices.useVirtioTransitional === true
    ? 'virtio-transitional'
    : 'virtio-non-transitional';
}

/** An element for a value that was given. */
export function given<T>(value: T | undefined, make: (value: T) => Element): Element | undefined {
  return value === undefined ? undefined : make(value);
}

/** An element that is there under a condition. */
export function when(condition: boolean, make: () => Element): Element | undefined {
  return condition ? make() : undefined;
}

export function onOff(value: boolean | undefined): 'on' | 'off' {
  return value === false ? 'off' : 'on';
}

export function yesNo(value: boolean | undefined): 'yes' | 'no' {
  return value === false ? 'no' : 'yes';
}

/** `<boot order>` of a device. */
export function bootOrder(order: number | undefined): Element | undefined {
  return order === undefined ? undefined : el('boot', { order });
}

const pciPattern = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i;

/** The address of a device that asks for one, as `0000:81:01.0`. */
export function pciAddress(address: string | undefined): Element | undefined {
  return given(pciNumbers(address), (numbers) => el('address', { type: 'pci', ...numbers }));
}

/** The parts of an address such as `0000:81:01.0`; undefined when it is none. */
export function pciNumbers(address: string | undefined): Record<string, string> | undefined {
  const [, domain, bus, slot, fn] = pciPattern.exec(address ?? '') ?? [];
  if (domain === undefined) return undefined;
  return {
    domain: `0x${domain}`,
    bus: `0x${bus}`,
    slot: `0x${slot}`,
    function: `0x${fn}`,
  };
}
