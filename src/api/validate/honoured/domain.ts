/** What this release honours of a VMI's spec: CPU, memory, firmware, features and clock. */
import type { Area } from './area.ts';

const atStart = 'is fixed when the guest starts; remove it, change the VM and restart it';

export const domain: Area = {
  paths: `
  domain.machine.type domain.memory.guest domain.memory.hugepages.pageSize
  domain.memory.reservedOverhead.addedOverhead domain.resources.requests.** domain.resources.limits.**
  domain.resources.overcommitGuestOverhead domain.cpu.cores domain.cpu.sockets domain.cpu.threads
  domain.cpu.model domain.cpu.features[].name domain.cpu.features[].policy domain.cpu.dedicatedCpuPlacement
  domain.cpu.isolateEmulatorThread domain.cpu.numa.guestMappingPassthrough.** domain.firmware.uuid
  domain.firmware.serial domain.firmware.bootloader.bios.useSerial domain.firmware.bootloader.efi.secureBoot
  domain.firmware.kernelBoot.** domain.firmware.acpi.slicNameRef domain.firmware.acpi.msdmNameRef
  domain.features.acpi.** domain.features.apic.** domain.features.hyperv.** domain.features.hypervPassthrough.**
  domain.features.smm.** domain.features.kvm.** domain.features.pvspinlock.** domain.clock.utc.**
  domain.clock.timezone domain.clock.timer.** domain.chassis.** domain.ioThreadsPolicy
  domain.ioThreads.supplementalPoolThreadCount domain.rebootPolicy`,
  remedies: {
    'domain.firmware.bootloader.efi.persistent':
      'remove it: each start begins with fresh variables, and guests boot from /EFI/BOOT of their disks',
    'domain.cpu.maxSockets': `the number of CPUs ${atStart}`,
    'domain.memory.maxGuest': `the amount of memory ${atStart}`,
    'domain.memory.reservedOverhead.memLock':
      'remove it: pods here have no right to lock memory; huge pages are never swapped either',
    'domain.cpu.realtime':
      'remove it: pods here may not give themselves real-time priority; dedicatedCpuPlacement with isolateEmulatorThread comes close',
    'domain.launchSecurity':
      'remove it: no node agent of this release offers AMD SEV or Intel TDX to its guests',
  },
};
