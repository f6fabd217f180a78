/** Controllers and the smaller devices. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { userAlias, virtioModel } from './common.ts';
import { channel, graphics, inputs, serial } from './console.ts';
import { busOf, disks } from './disks.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { interfaces } from './interfaces.ts';
import { balloon } from './memory.ts';

export function devices(vmi: Vmi, context: DomainContext): Element {
  return el(
    'devices',
    {},
    ...controllers(vmi),
    ...disks(vmi, context),
    ...interfaces(vmi, context),
    ...serial(vmi, context),
    channel(context),
    ...inputs(vmi),
    ...graphics(vmi, context),
    watchdog(vmi),
    ...panic(vmi),
    rng(vmi),
    balloon(vmi),
  );
}

/**
 * Only what a device needs. PCIe root ports are left to libvirt, which makes one a device and none to spare:
 * each costs the guest's firmware time and QEMU memory.
 */
function controllers(vmi: Vmi): (Element | undefined)[] {
  const { disks: wanted = [], inputs: pointers = [] } = vmi.spec.domain.devices;
  const buses = new Set(wanted.map(busOf));
  const usb =
    buses.has('usb') || pointers.some(({ bus }) => bus === undefined || bus === '' || bus === 'usb');
  return [
    el('controller', { type: 'usb', index: 0, model: usb ? 'qemu-xhci' : 'none' }),
    buses.has('scsi') ? el('controller', { type: 'scsi', index: 0, model: virtioModel(vmi) }) : undefined,
    el('controller', { type: 'virtio-serial', index: 0, model: virtioModel(vmi) }),
  ];
}

function watchdog(vmi: Vmi): Element | undefined {
  const wanted = vmi.spec.domain.devices.watchdog;
  if (wanted?.i6300esb === undefined) return undefined;
  return el(
    'watchdog',
    { model: 'i6300esb', action: wanted.i6300esb.action ?? 'reset' },
    userAlias(wanted.name),
  );
}

function panic(vmi: Vmi): Element[] {
  return (vmi.spec.domain.devices.panicDevices ?? []).map(({ model }) => el('panic', { model }));
}

function rng(vmi: Vmi): Element | undefined {
  if (vmi.spec.domain.devices.rng === undefined) return undefined;
  return el('rng', { model: virtioModel(vmi) }, el('backend', { model: 'random' }, '/dev/urandom'));
}
