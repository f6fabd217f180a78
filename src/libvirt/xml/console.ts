/** How people and tools reach the guest: serial console, guest agent, screen and pointer. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { userAlias } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

const agentChannel = 'org.qemu.guest_agent.0';
/** Memory of the virtual graphics adapter in KiB: what its widest text and common graphics modes need. */
const videoMemory = 16_384;

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

/** Screen over VNC on a Unix socket. */
export function graphics(vmi: Vmi, { paths }: DomainContext): Element[] {
  const { autoattachGraphicsDevice, video } = vmi.spec.domain.devices;
  if (autoattachGraphicsDevice === false) return [];
  const type = video?.type ?? 'vga';
  return [
    el('graphics', { type: 'vnc' }, el('listen', { type: 'socket', socket: paths.vncSocket })),
    el('video', {}, el('model', { type, heads: 1, vram: type === 'vga' ? videoMemory : undefined })),
  ];
}

export function inputs(vmi: Vmi): Element[] {
  return (vmi.spec.domain.devices.inputs ?? []).map(({ name, bus, type }) =>
    el('input', { type, bus: bus ?? 'usb', model: bus === 'virtio' ? 'virtio' : undefined }, userAlias(name)),
  );
}
