/** What this release honours of a VMI's spec. */
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';
import { honoured, unsupported } from './unsupported.ts';

const paths = `
  architecture hostname subdomain dnsPolicy dnsConfig.** nodeSelector.** affinity.** tolerations.**
  topologySpreadConstraints.** priorityClassName schedulerName terminationGracePeriodSeconds startStrategy
  evictionStrategy
  domain.machine.type domain.memory.guest
  domain.resources.requests.** domain.resources.limits.**
  domain.cpu.cores domain.cpu.sockets domain.cpu.threads domain.cpu.model
  domain.firmware.uuid domain.firmware.serial domain.firmware.bootloader.bios.useSerial
  domain.firmware.kernelBoot.**
  domain.features.acpi.enabled domain.features.apic.enabled
  domain.clock.utc.** domain.clock.timezone
  domain.clock.timer.hpet.** domain.clock.timer.pit.** domain.clock.timer.rtc.** domain.clock.timer.kvm.**
  domain.devices.rng.** domain.devices.inputs[].**
  domain.devices.watchdog.name domain.devices.watchdog.i6300esb.**
  domain.devices.autoattachPodInterface domain.devices.autoattachGraphicsDevice
  domain.devices.autoattachSerialConsole domain.devices.autoattachMemBalloon
  domain.devices.disks[].name domain.devices.disks[].bootOrder domain.devices.disks[].serial
  domain.devices.disks[].cache domain.devices.disks[].io domain.devices.disks[].errorPolicy
  domain.devices.disks[].blockSize.custom.** domain.devices.disks[].disk.pciAddress
  domain.devices.interfaces[].pciAddress domain.devices.interfaces[].acpiIndex
  domain.devices.useVirtioTransitional domain.devices.disableHotplug domain.chassis.**
  domain.resources.overcommitGuestOverhead
  livenessProbe.httpGet.** livenessProbe.tcpSocket.** livenessProbe.initialDelaySeconds
  livenessProbe.periodSeconds livenessProbe.timeoutSeconds livenessProbe.successThreshold
  livenessProbe.failureThreshold
  readinessProbe.httpGet.** readinessProbe.tcpSocket.** readinessProbe.initialDelaySeconds
  readinessProbe.periodSeconds readinessProbe.timeoutSeconds readinessProbe.successThreshold
  readinessProbe.failureThreshold
  domain.devices.disks[].disk.bus domain.devices.disks[].disk.readonly domain.devices.disks[].cdrom.**
  domain.devices.interfaces[].name domain.devices.interfaces[].model domain.devices.interfaces[].macAddress
  domain.devices.interfaces[].bootOrder domain.devices.interfaces[].masquerade.**
  domain.devices.interfaces[].ports[].**
  domain.devices.interfaces[].slirp.** domain.devices.interfaces[].macvtap.** domain.devices.interfaces[].passt.**
  networks[].name networks[].pod.vmNetworkCIDR
  volumes[].name volumes[].containerDisk.** volumes[].emptyDisk.** volumes[].cloudInitNoCloud.**`;

/** The paths of slirp, macvtap and passt are here because a rule of their own refuses them. */
const table = honoured(paths.trim().split(/\s+/));

const image = 'put the disk into a container image and use containerDisk';

const remedies: Readonly<Record<string, string>> = {
  'volumes.persistentVolumeClaim': image,
  'volumes.dataVolume': image,
  'volumes.ephemeral': image,
  'volumes.hostDisk': `${image}, or use emptyDisk for scratch space`,
  'volumes.cloudInitConfigDrive': 'use cloudInitNoCloud, which takes the same data',
  'volumes.configMap': 'hand the data to the guest with cloudInitNoCloud',
  'volumes.secret': 'hand the data to the guest with cloudInitNoCloud and a secretRef',
  'networks.multus': 'use pod: {}',
  'networks.pod.vmIPv6NetworkCIDR': 'guests get IPv4; remove it',
  'domain.devices.interfaces.bridge': 'use masquerade: {}',
  'domain.devices.interfaces.sriov': 'use masquerade: {}',
  'domain.devices.interfaces.binding': 'use masquerade: {}',
  'domain.devices.interfaces.passtBinding': 'use masquerade: {}',
  'domain.devices.disks.lun': 'use disk: {}',
  'domain.firmware.bootloader.efi': 'use bios: {} or leave bootloader out',
  'domain.cpu.dedicatedCpuPlacement': 'remove it, or request whole CPUs in domain.resources',
  'domain.cpu.maxSockets': 'remove it; to change the CPUs of a VM, change sockets and restart it',
  'domain.memory.maxGuest': 'remove it; to change the memory of a VM, change guest and restart it',
  'domain.memory.hugepages': 'remove it; guests use ordinary memory',
  accessCredentials: 'put SSH keys and passwords into the user data of cloudInitNoCloud',
  'livenessProbe.exec': 'use tcpSocket or httpGet',
  'livenessProbe.guestAgentPing': 'use tcpSocket or httpGet',
  'readinessProbe.exec': 'use tcpSocket or httpGet',
  'readinessProbe.guestAgentPing': 'use tcpSocket or httpGet',
};

const falseMatters = new Set(['domain.features.pvspinlock', 'domain.features.kvm']);

export function fieldsAreHonoured({ spec, path }: SpecContext): Cause[] {
  return unsupported(spec, path, table, { remedies, falseMatters, emptyMatters: true });
}
