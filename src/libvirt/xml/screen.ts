/** What a person sees and touches: screen, pointer, sound. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { given, userAlias } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Memory of a VGA adapter in KiB: what its widest text and common graphics modes need. */
const videoMemory = 16_384;

/** Screen over VNC on a Unix socket. */
export function graphics(vmi: Vmi, { paths }: DomainContext): Element[] {
  const { autoattachGraphicsDevice, video } = vmi.spec.domain.devices;
  if (autoattachGraphicsDevice === false) return [];
  const type = video?.type || defaultVideo(vmi);
  return [
    el('graphics', { type: 'vnc' }, el('listen', { type: 'socket', socket: paths.vncSocket })),
    el('video', {}, el('model', { type, heads: 1, vram: type === 'vga' ? videoMemory : undefined })),
  ];
}

/** UEFI draws without VGA's old registers, and bochs does without emulating them. */
function defaultVideo(vmi: Vmi): 'bochs' | 'vga' {
  return vmi.spec.domain.firmware?.bootloader?.efi === undefined ? 'vga' : 'bochs';
}

export function inputs(vmi: Vmi): Element[] {
  return (vmi.spec.domain.devices.inputs ?? []).map(({ name, bus, type }) =>
    el('input', { type, bus: bus || 'usb', model: bus === 'virtio' ? 'virtio' : undefined }, userAlias(name)),
  );
}

/** A sound card. VNC carries no sound, so what the guest plays goes nowhere. */
export function sound(vmi: Vmi): Element | undefined {
  return given(vmi.spec.domain.devices.sound, ({ name, model }) =>
    el('sound', { model: model || 'ich9' }, userAlias(name)),
  );
}
