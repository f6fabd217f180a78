/** Firmware, machine and what is booted; what the domain does when the guest ends. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { when } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** How long a guest that starts paused shows its boot menu, in milliseconds: time to reach it once resumed. */
const bootMenuTimeout = 10_000;

const architectures: Record<DomainContext['architecture'], string> = { amd64: 'x86_64' };

export function os(vmi: Vmi, { architecture, kernel }: DomainContext): Element {
  const { firmware = {}, machine } = vmi.spec.domain;
  const { kernelBoot, bootloader } = firmware;
  return el(
    'os',
    {},
    el('type', { arch: architectures[architecture], machine: given(machine?.type) ?? 'q35' }, 'hvm'),
    text('kernel', kernel?.kernel),
    text('initrd', kernel?.initrd),
    text('cmdline', kernelBoot?.kernelArgs),
    when(vmi.spec.startStrategy === 'Paused', () =>
      el('bootmenu', { enable: 'yes', timeout: bootMenuTimeout }),
    ),
    when(bootloader?.bios?.useSerial === true, () => el('bios', { useserial: 'yes' })),
    el('smbios', { mode: 'sysinfo' }),
  );
}

/** `<on_…>`: a guest that ends stays ended, and a new VMI is started instead. */
export function endings(vmi: Vmi): Element[] {
  return [
    el('on_poweroff', {}, 'destroy'),
    el('on_reboot', {}, vmi.spec.domain.rebootPolicy === 'Terminate' ? 'destroy' : 'restart'),
    el('on_crash', {}, 'destroy'),
  ];
}

/** Go's empty string means not given. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function text(name: string, value: string | undefined): Element | undefined {
  const present = given(value);
  return present === undefined ? undefined : el(name, {}, present);
}
