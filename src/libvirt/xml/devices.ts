/** Puts the domain's devices together, and gives it the controllers they need. */
import { busOf } from '../../api/disks.ts';
import { annotations } from '../../api/constants.ts';
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { virtioModel } from './common.ts';
import { channel, serial, usbRedirections, vsock } from './console.ts';
import { disks } from './disks.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { filesystems } from './filesystems.ts';
import { panic, rng, tpm, watchdog } from './guards.ts';
import { hostDevices } from './host-devices.ts';
import { interfaces } from './interfaces.ts';
import { balloon } from './memory.ts';
import { graphics, hasUsbInput, inputs, sound } from './screen.ts';

export function devices(vmi: Vmi, context: DomainContext): Element {
  return el(
    'devices',
    {},
    ...controllers(vmi, context),
    ...disks(vmi, context),
    ...filesystems(vmi, context),
    ...interfaces(vmi, context),
    ...serial(vmi, context),
    channel(context),
    ...inputs(vmi),
    tpm(vmi),
    ...graphics(vmi, context),
    sound(vmi),
    ...hostDevices(vmi, context),
    ...usbRedirections(vmi, context),
    watchdog(vmi),
    ...panic(vmi),
    rng(vmi),
    balloon(vmi),
    vsock(context),
  );
}

/**
 * Only what a device needs. PCIe root ports are left to libvirt, which makes one a device and none to spare:
 * each costs the guest's firmware time and QEMU memory.
 */
function controllers(vmi: Vmi, context: DomainContext): (Element | undefined)[] {
  const buses = new Set((vmi.spec.domain.devices.disks ?? []).map(busOf));
  return [
    pciRoot(vmi),
    el('controller', { type: 'usb', index: 0, model: needsUsb(vmi, context) ? 'qemu-xhci' : 'none' }),
    buses.has('scsi') ? el('controller', { type: 'scsi', index: 0, model: virtioModel(vmi) }) : undefined,
    el('controller', { type: 'virtio-serial', index: 0, model: virtioModel(vmi) }),
  ];
}

/** Old guests, Windows XP among them, fail when there is room for devices above 4 GiB. */
function pciRoot({ metadata }: Vmi): Element | undefined {
  if (metadata.annotations?.[annotations.disablePciHole64]?.toLowerCase() !== 'true') return undefined;
  return el(
    'controller',
    { type: 'pci', index: 0, model: 'pcie-root' },
    el('pcihole64', { unit: 'KiB' }, '0'),
  );
}

function needsUsb(vmi: Vmi, { hostDevices: assigned = [] }: DomainContext): boolean {
  const { clientPassthrough, disks: wanted = [] } = vmi.spec.domain.devices;
  return (
    clientPassthrough !== undefined ||
    wanted.some((disk) => busOf(disk) === 'usb') ||
    hasUsbInput(vmi) ||
    assigned.some(({ type }) => type === 'usb')
  );
}
