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

/** UEFI draws without VGA's old registers, and bochs does without emulating them; Arm's machines have neither. */
function defaultVideo({ spec }: Vmi): 'bochs' | 'vga' | 'virtio' {
  if (spec.architecture === 'arm64') return 'virtio';
  return spec.domain.firmware?.bootloader?.efi === undefined ? 'vga' : 'bochs';
}

interface Input {
  name?: string;
  type: string;
  bus: string;
}

/** Pointers and keyboards. A PC has its own keyboard and mouse; to Arm's machines both are plugged in. */
function inputsOf({ spec }: Vmi): Input[] {
  const { inputs: wanted = [], autoattachGraphicsDevice } = spec.domain.devices;
  const described = wanted.map(({ name, type, bus }) => ({ name, type, bus: bus || 'usb' }));
  if (spec.architecture !== 'arm64' || autoattachGraphicsDevice === false) return described;
  const tablet = described.some(({ type }) => type === 'tablet') ? [] : [{ type: 'tablet', bus: 'usb' }];
  return [...described, ...tablet, { type: 'keyboard', bus: 'usb' }];
}

/** Whether any of them is plugged in at a USB port. */
export const hasUsbInput = (vmi: Vmi): boolean => inputsOf(vmi).some(({ bus }) => bus === 'usb');

export function inputs(vmi: Vmi): Element[] {
  return inputsOf(vmi).map(({ name, bus, type }) =>
    el(
      'input',
      { type, bus, model: bus === 'virtio' ? 'virtio' : undefined },
      name === undefined ? undefined : userAlias(`input-${name}`),
    ),
  );
}

/** A sound card. VNC carries no sound, so what the guest plays goes nowhere. */
export function sound(vmi: Vmi): Element | undefined {
  return given(vmi.spec.domain.devices.sound, ({ name, model }) =>
    el('sound', { model: model || 'ich9' }, userAlias(`sound-${name}`)),
  );
}
