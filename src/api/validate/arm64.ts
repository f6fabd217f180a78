/** Rules on guests of Arm's architecture, whose machine has other parts. */
import type { Disk } from '../types.ts';
import { notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const isArm = ({ spec }: SpecContext): boolean => spec.architecture === 'arm64';

export function armHasNoBios(context: SpecContext): Cause[] {
  const { spec, path } = context;
  if (!isArm(context) || !spec.domain.firmware?.bootloader?.bios) return [];
  const message = 'Arm64 does not support bios boot, please change to uefi boot';
  return [notSupported(`${path}.domain.firmware.bootloader.bios`, message)];
}

/** Its variables could be changed by the guest: there is no mode above the operating system. */
export function armHasNoSecureBoot(context: SpecContext): Cause[] {
  const { spec, path } = context;
  const efi = spec.domain.firmware?.bootloader?.efi;
  if (!isArm(context) || !efi || efi.secureBoot === false) return [];
  const field = `${path}.domain.firmware.bootloader.efi.secureBoot`;
  return [notSupported(field, `${field} is not supported on arm64; set it to false`)];
}

export function armPassesItsCpu(context: SpecContext): Cause[] {
  const { spec, path } = context;
  const model = spec.domain.cpu?.model;
  if (!isArm(context) || !model || model === 'host-passthrough') return [];
  const message = 'currently, host-passthrough is the only model supported on Arm64';
  return [notSupported(`${path}.domain.cpu.model`, message)];
}

export function armDiskIsVirtual(context: SpecContext): Cause[] {
  if (!isArm(context)) return [];
  const at = `${context.path}.domain.devices.disks`;
  return forEachItem(context.spec.domain.devices.disks, at, (disk, field) =>
    (['disk', 'cdrom', 'lun'] as const)
      .filter((kind) => !onArm(disk[kind]?.bus))
      .map((kind) =>
        notSupported(
          `${field}.${kind}.bus`,
          'Arm64 not support this disk bus type, please use virtio or scsi',
        ),
      ),
  );
}

const onArm = (bus: NonNullable<Disk['disk']>['bus']): boolean => !bus || bus === 'virtio' || bus === 'scsi';

export function armHasNoWatchdog(context: SpecContext): Cause[] {
  const { spec, path } = context;
  if (!isArm(context) || !spec.domain.devices.watchdog) return [];
  return [notSupported(`${path}.domain.devices.watchdog`, 'Arm64 not support Watchdog device; remove it')];
}

export function armHasNoSound(context: SpecContext): Cause[] {
  const { spec, path } = context;
  if (!isArm(context) || !spec.domain.devices.sound) return [];
  return [notSupported(`${path}.domain.devices.sound`, 'Arm64 not support sound device; remove it')];
}

const pcFeatures = ['apic', 'smm', 'hyperv', 'hypervPassthrough', 'pvspinlock'] as const;

/** What only a PC has would be left out. */
export function armHasNoPcFeatures(context: SpecContext): Cause[] {
  const { spec, path } = context;
  if (!isArm(context)) return [];
  const at = `${path}.domain.features`;
  return pcFeatures
    .filter((name) => spec.domain.features?.[name] !== undefined)
    .map((name) => notSupported(`${at}.${name}`, `${at}.${name} is not supported on arm64; remove it`));
}
