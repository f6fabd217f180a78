/** Lines to the guest: serial console, guest agent, redirected USB, VSOCK. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { given } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

const agentChannel = 'org.qemu.guest_agent.0';

/** The first serial port, on a Unix socket on which QEMU listens. */
export function serial(vmi: Vmi, { paths }: DomainContext): Element[] {
  if (vmi.spec.domain.devices.autoattachSerialConsole === false) return [];
  return [
    el(
      'serial',
      { type: 'unix' },
      el('source', { mode: 'bind', path: paths.serialSocket }),
      el('target', { port: 0 }),
    ),
  ];
}

/** The guest agent's channel; there whether an agent runs or not. */
export function channel({ paths }: DomainContext): Element {
  return el(
    'channel',
    { type: 'unix' },
    el('source', { mode: 'bind', path: paths.agentSocket }),
    el('target', { type: 'virtio', name: agentChannel }),
  );
}

/** A port for each USB device that a client may bring along, on the sockets of the context. */
export function usbRedirections(vmi: Vmi, { paths }: DomainContext): Element[] {
  if (vmi.spec.domain.devices.clientPassthrough === undefined) return [];
  return (paths.usbSockets ?? []).map((path) =>
    el('redirdev', { bus: 'usb', type: 'unix' }, el('source', { mode: 'bind', path })),
  );
}

/** The guest's own address on the node. Only virtio's present form exists. */
export function vsock({ vsockCid }: DomainContext): Element | undefined {
  return given(vsockCid, (address) =>
    el('vsock', { model: 'virtio-non-transitional' }, el('cid', { auto: 'no', address })),
  );
}
