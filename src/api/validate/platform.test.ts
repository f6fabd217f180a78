import { defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as arm64 from './arm64.ts';
import * as clock from './clock.ts';
import * as policies from './domain-policies.ts';
import * as firmware from './firmware.ts';
import * as hyperv from './hyperv.ts';
import * as launch from './launch-security.ts';
import * as machine from './machine.ts';

const withoutGates = { ...defaultConfig, featureGates: new Set<string>() };

const rows: Row[] = [
  {
    name: 'architectureIsKnown',
    set: { architecture: 's390x' },
    field: 'architecture',
    says: /^unsupported architecture: s390x/,
  },
  {
    name: 'machineIsAllowed',
    set: { 'domain.machine': { type: 'pc-i440fx-9.2' } },
    field: 'domain.machine.type',
    says: /is not supported: pc-i440fx-9\.2 \(allowed values: q35\* pc-q35\*\)/,
  },
  {
    name: 'machineIsAllowed: of another architecture',
    set: { architecture: 'arm64', 'domain.machine': { type: 'q35' } },
    field: 'domain.machine.type',
    says: /allowed values: virt\*/,
  },
  {
    name: 'armHasNoBios',
    set: { architecture: 'arm64', 'domain.firmware': { bootloader: { bios: {} } } },
    type: 'FieldValueNotSupported',
    field: 'domain.firmware.bootloader.bios',
    says: /^Arm64 does not support bios boot/,
  },
  {
    name: 'armHasNoSecureBoot',
    set: { architecture: 'arm64', 'domain.firmware': { bootloader: { efi: { secureBoot: true } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.firmware.bootloader.efi.secureBoot',
  },
  {
    name: 'armPassesItsCpu',
    set: { architecture: 'arm64', 'domain.cpu': { model: 'host-model' } },
    type: 'FieldValueNotSupported',
    field: 'domain.cpu.model',
    says: /host-passthrough is the only model supported on Arm64/,
  },
  {
    name: 'armDiskIsVirtual',
    set: { architecture: 'arm64', 'domain.devices.disks[1]': { name: 'seed', cdrom: { bus: 'sata' } } },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.disks[1].cdrom.bus',
    says: /^Arm64 not support this disk bus type, please use virtio or scsi/,
  },
  {
    name: 'armHasNoWatchdog',
    set: { architecture: 'arm64', 'domain.devices.watchdog': { name: 'w', i6300esb: {} } },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.watchdog',
  },
  {
    name: 'armHasNoSound',
    set: { architecture: 'arm64', 'domain.devices.sound': { name: 's' } },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.sound',
  },
  {
    name: 'armHasNoPcFeatures',
    set: { architecture: 'arm64', 'domain.features': { smm: {} } },
    type: 'FieldValueNotSupported',
    field: 'domain.features.smm',
  },
  {
    name: 'oneBootloader',
    set: { 'domain.firmware': { bootloader: { bios: {}, efi: {} } } },
    field: 'domain.firmware.bootloader',
  },
  {
    name: 'firmwareUuidIsAUuid',
    set: { 'domain.firmware': { uuid: 'seven' } },
    field: 'domain.firmware.uuid',
  },
  {
    name: 'firmwareSerialIsPlain',
    set: { 'domain.firmware': { serial: 'a b' } },
    field: 'domain.firmware.serial',
  },
  {
    name: 'kernelBootHasAKernel: arguments alone',
    set: { 'domain.firmware': { kernelBoot: { kernelArgs: 'quiet' } } },
    field: 'domain.firmware.kernelBoot.kernelArgs',
    says: /^kernel arguments cannot be provided without an external kernel/,
  },
  {
    name: 'kernelBootHasAKernel: no image',
    set: { 'domain.firmware': { kernelBoot: { container: { image: '', kernelPath: '/k' } } } },
    type: 'FieldValueRequired',
    field: 'domain.firmware.kernelBoot.container.image',
  },
  {
    name: 'kernelBootHasAKernel: no path',
    set: { 'domain.firmware': { kernelBoot: { container: { image: 'a:1' } } } },
    type: 'FieldValueRequired',
    field: 'domain.firmware.kernelBoot.container',
  },
  {
    name: 'kernelBootPathsArePlain',
    set: { 'domain.firmware': { kernelBoot: { container: { image: 'a:1', kernelPath: '/boot/../../k' } } } },
    field: 'domain.firmware.kernelBoot.container.kernelPath',
  },
  {
    name: 'secureBootNeedsSmm: by default',
    set: { 'domain.firmware': { bootloader: { efi: {} } } },
    field: 'domain',
    says: /has EFI SecureBoot enabled\. SecureBoot requires SMM, which is currently disabled\./,
  },
  {
    name: 'secureBootNeedsSmm: switched off',
    set: {
      'domain.firmware': { bootloader: { efi: { secureBoot: true } } },
      'domain.features': { smm: { enabled: false } },
    },
    field: 'domain',
  },
  {
    name: 'acpiNamesATable',
    set: { 'domain.firmware': { acpi: {} } },
    field: 'acpi',
    says: /^ACPI was set but no SLIC nor MSDM volume reference was set/,
  },
  {
    name: 'acpiTableIsASecret: no volume',
    set: { 'domain.firmware': { acpi: { slicNameRef: 'none' } } },
    field: 'acpi.slicNameRef',
    says: /^spec\.acpi does not have a matching Volume\./,
  },
  {
    name: 'acpiTableIsASecret: no secret',
    set: { 'domain.firmware': { acpi: { msdmNameRef: 'root' } } },
    field: 'acpi.msdmNameRef',
    says: /^spec\.acpi refers to Volume of unsupported type\./,
  },
  {
    name: 'hypervHasWhatItNeeds',
    set: { 'domain.features': { hyperv: { synic: {}, vpindex: { enabled: false } } } },
    field: 'domain.features.hyperv.synic',
    says: /requires 'spec\.domain\.features\.hyperv\.vpindex', which was disabled\.$/,
  },
  {
    name: 'hypervIsOneOf',
    set: { 'domain.features': { hyperv: {}, hypervPassthrough: { enabled: true } } },
    field: '',
  },
  {
    name: 'vendorIdFits',
    set: { 'domain.features': { hyperv: { vendorid: { vendorid: 'thirteen char' } } } },
    field: 'domain.features.hyperv.vendorid.vendorid',
  },
  {
    name: 'spinlocksRetryEnough',
    set: { 'domain.features': { hyperv: { spinlocks: { spinlocks: 10 } } } },
    field: 'domain.features.hyperv.spinlocks.spinlocks',
  },
  {
    name: 'tickPolicyIsKnown: pit',
    set: { 'domain.clock': { timer: { pit: { tickPolicy: 'never' } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.clock.timer.pit.tickPolicy',
  },
  {
    name: 'rtcTrackIsKnown',
    set: { 'domain.clock': { timer: { rtc: { track: 'sun' } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.clock.timer.rtc.track',
  },
  {
    name: 'oneClock',
    set: { 'domain.clock': { utc: {}, timezone: 'Europe/Berlin' } },
    type: 'FieldValueForbidden',
    field: 'domain.clock',
  },
  {
    name: 'timezoneIsAName',
    set: { 'domain.clock': { timezone: 'over there' } },
    field: 'domain.clock.timezone',
  },
  {
    name: 'tickPolicyIsKnown: rtc',
    set: { 'domain.clock': { timer: { rtc: { tickPolicy: 'merge' } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.clock.timer.rtc.tickPolicy',
    says: /use one of: delay, catchup/,
  },
  {
    name: 'ioThreadsPolicyIsKnown',
    set: { 'domain.ioThreadsPolicy': 'many' },
    field: 'domain.ioThreadsPolicy',
    says: /^Invalid IOThreadsPolicy \(many\)/,
  },
  {
    name: 'poolHasThreads',
    set: { 'domain.ioThreadsPolicy': 'supplementalPool' },
    field: 'domain.ioThreads.count',
    says: /^the number of iothreads needs to be set and positive for the dedicated policy/,
  },
  {
    name: 'poolHasItsPolicy',
    set: { 'domain.ioThreads': { supplementalPoolThreadCount: 2 } },
    field: 'domain.ioThreads.supplementalPoolThreadCount',
  },
  {
    name: 'rebootPolicyIsGated',
    set: { 'domain.rebootPolicy': 'Terminate' },
    config: withoutGates,
    field: 'domain.rebootPolicy',
    says: /^RebootPolicy is specified but the RebootPolicy feature gate is not enabled/,
  },
  {
    name: 'rebootPolicyIsKnown',
    set: { 'domain.rebootPolicy': 'Perhaps' },
    field: 'domain.rebootPolicy',
  },
  {
    name: 'chassisIsPlain',
    set: { 'domain.chassis': { asset: 'ä' } },
    field: 'domain.chassis.asset',
  },
  {
    name: 'oneLaunchSecurity',
    set: { 'domain.launchSecurity': {} },
    type: 'FieldValueForbidden',
    field: 'launchSecurity',
    says: /^One and only one launchSecurity type can be set/,
  },
  {
    name: 'launchSecurityIsOfAmd64',
    set: { architecture: 'arm64', 'domain.launchSecurity': { sev: {} } },
    field: 'architecture',
    says: /^No launchSecurity support for architecture: arm64$/,
  },
  {
    name: 'launchSecurityIsGated',
    set: { 'domain.launchSecurity': { tdx: {} } },
    field: 'launchSecurity',
    says: /^WorkloadEncryptionTDX feature gate is not enabled/,
  },
  {
    name: 'tdxIsWithoutSmm',
    set: { 'domain.launchSecurity': { tdx: {} }, 'domain.features': { smm: {} } },
    field: 'launchSecurity',
    says: /^TDX does not work along with SMM/,
  },
  {
    name: 'launchSecurityNeedsEfi',
    set: { 'domain.launchSecurity': { sev: {} } },
    field: 'launchSecurity',
    says: /^SEV requires OVMF \(UEFI\)/,
  },
  {
    name: 'sevIsWithoutSecureBoot',
    set: { 'domain.launchSecurity': { sev: {} }, 'domain.firmware': { bootloader: { efi: {} } } },
    field: 'launchSecurity',
    says: /^SEV does not work along with SecureBoot/,
  },
  {
    name: 'launchSecurityForgetsVariables',
    set: {
      'domain.launchSecurity': { snp: {} },
      'domain.firmware': { bootloader: { efi: { persistent: true } } },
    },
    field: 'launchSecurity',
    says: /^SNP does not work along with Persistent EFI variables/,
  },
  {
    name: 'attestationStartsPaused',
    set: { 'domain.launchSecurity': { sev: { attestation: {} } } },
    field: 'launchSecurity',
    says: /^SEV attestation requires VMI StartStrategy 'Paused'$/,
  },
  {
    name: 'launchSecurityBootsNoNic',
    set: { 'domain.launchSecurity': { sev: {} }, 'domain.devices.interfaces[0].bootOrder': 1 },
    field: 'launchSecurity',
    says: /^SEV does not work with bootable NICs: default/,
  },
];

testRules(rows, machine, arm64, firmware, hyperv, clock, policies, launch);
