/** What this release honours of a VMI's spec: CPU, memory, firmware, features and clock. */
import type { Area } from './area.ts';

export const domain: Area = {
  paths: `
  domain.machine.type domain.memory.guest domain.resources.requests.** domain.resources.limits.**
  domain.cpu.cores domain.cpu.sockets domain.cpu.threads domain.cpu.model domain.firmware.uuid
  domain.firmware.serial domain.firmware.bootloader.bios.useSerial domain.firmware.kernelBoot.**
  domain.features.acpi.enabled domain.features.apic.enabled domain.clock.utc.** domain.clock.timezone
  domain.clock.timer.hpet.** domain.clock.timer.pit.** domain.clock.timer.rtc.** domain.clock.timer.kvm.**
  domain.chassis.** domain.resources.overcommitGuestOverhead`,
  remedies: {
    'domain.firmware.bootloader.efi': 'use bios: {} or leave bootloader out',
    'domain.cpu.dedicatedCpuPlacement': 'remove it, or request whole CPUs in domain.resources',
    'domain.cpu.maxSockets': 'remove it; to change the CPUs of a VM, change sockets and restart it',
    'domain.memory.maxGuest': 'remove it; to change the memory of a VM, change guest and restart it',
    'domain.memory.hugepages': 'remove it; guests use ordinary memory',
  },
};
