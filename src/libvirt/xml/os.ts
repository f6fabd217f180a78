/** Firmware, machine and what is booted; what the domain does when the guest ends. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { when } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { uefi } from './uefi.ts';

type Firmware = NonNullable<Vmi['spec']['domain']['firmware']>;

/** How long a guest that starts paused shows its boot menu, in milliseconds: time to reach it once resumed. */
const bootMenuTimeout = 10_000;

const platforms: Record<DomainContext['architecture'], { arch: string; machine: string }> = {
  amd64: { arch: 'x86_64', machine: 'q35' },
  arm64: { arch: 'aarch64', machine: 'virt' },
};

export function os(vmi: Vmi, context: DomainContext): Element {
  const { firmware = {}, machine } = vmi.spec.domain;
  const { kernelBoot, bootloader } = firmware;
  const platform = platforms[context.architecture];
  return el(
    'os',
    {},
    el('type', { arch: platform.arch, machine: machine?.type || platform.machine }, 'hvm'),
    ...uefi(vmi, context),
    text('kernel', context.kernel?.kernel),
    text('initrd', context.kernel?.initrd),
    text('cmdline', kernelBoot?.kernelArgs),
    acpiTables(firmware, context),
    when(vmi.spec.startStrategy === 'Paused', () =>
      el('bootmenu', { enable: 'yes', timeout: bootMenuTimeout }),
    ),
    when(bootloader?.bios?.useSerial === true, () => el('bios', { useserial: 'yes' })),
    el('smbios', { mode: 'sysinfo' }),
  );
}

/** Tables of the ACPI that the guest finds beside QEMU's own: each a file in the folder of a secret, by KubeVirt's name. */
function acpiTables({ acpi = {} }: Firmware, { paths }: DomainContext): Element | undefined {
  const tables = (['slic', 'msdm'] as const).flatMap((type) => {
    const volume = acpi[`${type}NameRef`];
    return volume ? [el('table', { type }, `${paths.configDir}/${volume}/${type}.bin`)] : [];
  });
  return tables.length === 0 ? undefined : el('acpi', {}, ...tables);
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
const text = (name: string, value: string | undefined): Element | undefined =>
  value ? el(name, {}, value) : undefined;
