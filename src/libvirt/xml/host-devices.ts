/** Devices of the node that the guest gets for itself. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext, HostDevice } from '../context.ts';
import { pciNumbers, userAlias } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

type Gpu = NonNullable<Vmi['spec']['domain']['devices']['gpus']>[number];
type Display = NonNullable<NonNullable<Gpu['virtualGPUOptions']>['display']>;

/** In the order of the context, which the launcher makes of what device plugins handed out. */
export function hostDevices(vmi: Vmi, { hostDevices: assigned = [] }: DomainContext): Element[] {
  const { gpus = [] } = vmi.spec.domain.devices;
  const displays = new Map(gpus.map(({ name, virtualGPUOptions }) => [name, virtualGPUOptions?.display]));
  const mediated = assigned.filter(({ type, role }) => type === 'mdev' && role === 'gpu');
  // Nobody said which virtual GPU shows something: then the first one does.
  const silent = mediated.every(({ name }) => displays.get(name) === undefined);
  return assigned.map((device) =>
    hostDevice(device, {
      display: device.role === 'gpu' ? displays.get(device.name) : undefined,
      shown: silent && device === mediated[0],
    }),
  );
}

interface Screen {
  display: Display | undefined;
  shown: boolean;
}

function hostDevice(device: HostDevice, screen: Screen): Element {
  const alias = userAlias(`${aliasPrefix(device)}${device.name}`);
  switch (device.type) {
    case 'pci':
      return el(
        'hostdev',
        { mode: 'subsystem', type: 'pci', managed: 'no', ...pciDisplay(screen) },
        el('source', {}, el('address', pciNumbers(device.address))),
        alias,
      );
    case 'mdev':
      return el(
        'hostdev',
        { mode: 'subsystem', type: 'mdev', model: 'vfio-pci', ...mdevDisplay(screen) },
        el('source', {}, el('address', { uuid: device.address })),
        alias,
      );
    default:
      return el(
        'hostdev',
        { mode: 'subsystem', type: 'usb' },
        el('source', {}, usbAddress(device.address)),
        alias,
      );
  }
}

function aliasPrefix({ type, role }: HostDevice): string {
  if (type === 'usb') return 'usb-host-';
  return role === 'gpu' ? 'gpu-' : 'hostdevice-';
}

/** A whole GPU has outputs of its own: it shows something here only where that is asked for. */
function pciDisplay({ display }: Screen): Record<string, string | undefined> {
  return display?.enabled === true ? displayOn(display) : {};
}

function mdevDisplay({ display, shown }: Screen): Record<string, string | undefined> {
  if (shown) return displayOn({});
  return display === undefined || display.enabled === false ? {} : displayOn(display);
}

const displayOn = ({ ramFB }: Display): Record<string, string | undefined> => ({
  display: 'on',
  ramfb: ramFB?.enabled === false ? undefined : 'on',
});

/** An address on the node's bus, as `1:4`. */
function usbAddress(address: string): Element {
  const [bus, device] = address.split(':');
  return el('address', { bus, device });
}
