import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VmiSpecManifest } from '../../api/manifests.ts';
import { sampleVmi, withField } from '../../api/testing/vmi.ts';
import type { PreferenceSpec } from '../../api/types.ts';
import { applyPreference } from './preference.ts';

const at = (value: unknown, path: string): unknown =>
  path
    .split(/[.[\]]+/)
    .filter((key) => key !== '')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);

const devices = (set: PreferenceSpec['devices']): PreferenceSpec => ({ devices: set });
const features = (set: PreferenceSpec['features']): PreferenceSpec => ({ features: set });

interface Row {
  name: string;
  preference: PreferenceSpec;
  /** What the user states beside the field that is looked at. */
  beside?: Record<string, unknown>;
  path: string;
  want: unknown;
  /** What a user may state instead, and keeps; absent where the preference overrides, as in KubeVirt. */
  stated?: unknown;
}

const disks = 'domain.devices.disks';
const nics = 'domain.devices.interfaces';
const plainDisk = { [disks]: [{ name: 'root' }] };
const virtioDisk = { [disks]: [{ name: 'root', disk: { bus: 'virtio' } }] };

const rows: Row[] = [
  {
    name: 'graphics',
    preference: devices({ preferredAutoattachGraphicsDevice: false }),
    path: 'domain.devices.autoattachGraphicsDevice',
    want: false,
    stated: true,
  },
  {
    name: 'balloon',
    preference: devices({ preferredAutoattachMemBalloon: false }),
    path: 'domain.devices.autoattachMemBalloon',
    want: false,
    stated: true,
  },
  {
    name: 'pod interface',
    preference: devices({ preferredAutoattachPodInterface: false }),
    path: 'domain.devices.autoattachPodInterface',
    want: false,
    stated: true,
  },
  {
    name: 'serial console',
    preference: devices({ preferredAutoattachSerialConsole: false }),
    path: 'domain.devices.autoattachSerialConsole',
    want: false,
    stated: true,
  },
  {
    name: 'input device',
    preference: devices({ preferredAutoattachInputDevice: true }),
    path: 'domain.devices.autoattachInputDevice',
    want: true,
    stated: false,
  },
  {
    name: 'transitional virtio',
    preference: devices({ preferredUseVirtioTransitional: true }),
    path: 'domain.devices.useVirtioTransitional',
    want: true,
    stated: false,
  },
  {
    name: 'block queues',
    preference: devices({ preferredBlockMultiQueue: true }),
    path: 'domain.devices.blockMultiQueue',
    want: true,
    stated: false,
  },
  {
    name: 'network queues',
    preference: devices({ preferredNetworkInterfaceMultiQueue: true }),
    path: 'domain.devices.networkInterfaceMultiqueue',
    want: true,
    stated: false,
  },
  {
    name: 'no hotplug',
    preference: devices({ preferredDisableHotplug: true }),
    path: 'domain.devices.disableHotplug',
    want: true,
  },
  { name: 'rng', preference: devices({ preferredRng: {} }), path: 'domain.devices.rng', want: {} },
  {
    name: 'TPM',
    preference: devices({ preferredTPM: { persistent: true } }),
    path: 'domain.devices.tpm',
    want: { persistent: true },
    stated: {},
  },
  {
    name: 'video',
    preference: devices({ preferredVideoType: 'virtio' }),
    path: 'domain.devices.video',
    want: { type: 'virtio' },
    stated: { type: 'vga' },
  },
  {
    name: 'sound of a guest that has sound',
    preference: devices({ preferredSoundModel: 'ac97' }),
    beside: { 'domain.devices.sound': { name: 's' } },
    path: 'domain.devices.sound.model',
    want: 'ac97',
    stated: 'ich9',
  },
  {
    name: 'no sound of its own',
    preference: devices({ preferredSoundModel: 'ac97' }),
    path: 'domain.devices.sound',
    want: undefined,
  },
  {
    name: 'panic device',
    preference: devices({ preferredPanicDeviceModel: 'isa' }),
    path: 'domain.devices.panicDevices',
    want: [{ model: 'isa' }],
    stated: [{ model: 'hyperv' }],
  },
  {
    name: 'panic device without model',
    preference: devices({ preferredPanicDeviceModel: 'isa' }),
    beside: { 'domain.devices.panicDevices': [{}] },
    path: 'domain.devices.panicDevices',
    want: [{ model: 'isa' }],
  },
  {
    name: 'disk bus',
    preference: devices({ preferredDiskBus: 'virtio' }),
    beside: plainDisk,
    path: `${disks}[0].disk`,
    want: { bus: 'virtio' },
    stated: { bus: 'scsi' },
  },
  {
    name: 'CD-ROM bus',
    preference: devices({ preferredCdromBus: 'scsi', preferredDiskBus: 'virtio' }),
    beside: { [disks]: [{ name: 'root', cdrom: {} }] },
    path: `${disks}[0]`,
    want: { name: 'root', cdrom: { bus: 'scsi' } },
  },
  {
    name: 'LUN bus',
    preference: devices({ preferredLunBus: 'scsi', preferredDiskBus: 'virtio' }),
    beside: { [disks]: [{ name: 'root', lun: {} }] },
    path: `${disks}[0]`,
    want: { name: 'root', lun: { bus: 'scsi' } },
  },
  {
    name: 'disk blocks',
    preference: devices({ preferredDiskBlockSize: { matchVolume: {} } }),
    beside: plainDisk,
    path: `${disks}[0].blockSize`,
    want: { matchVolume: {} },
    stated: { custom: { logical: 512, physical: 512 } },
  },
  {
    name: 'disk cache',
    preference: devices({ preferredDiskCache: 'none' }),
    beside: plainDisk,
    path: `${disks}[0].cache`,
    want: 'none',
    stated: 'writeback',
  },
  {
    name: 'disk I/O',
    preference: devices({ preferredDiskIO: 'native' }),
    beside: plainDisk,
    path: `${disks}[0].io`,
    want: 'native',
    stated: 'threads',
  },
  {
    name: 'I/O thread of a virtio disk',
    preference: devices({ preferredDiskDedicatedIoThread: true }),
    beside: virtioDisk,
    path: `${disks}[0].dedicatedIOThread`,
    want: true,
    stated: false,
  },
  {
    name: 'no I/O thread of another disk',
    preference: devices({ preferredDiskDedicatedIoThread: true }),
    beside: plainDisk,
    path: `${disks}[0].dedicatedIOThread`,
    want: undefined,
  },
  {
    name: 'display of virtual GPUs',
    preference: devices({ preferredVirtualGPUOptions: { display: { enabled: true } } }),
    beside: { 'domain.devices.gpus': [{ name: 'g', deviceName: 'd' }] },
    path: 'domain.devices.gpus[0].virtualGPUOptions',
    want: { display: { enabled: true } },
    stated: { display: { enabled: false } },
  },
  {
    name: 'input bus',
    preference: devices({ preferredInputBus: 'virtio' }),
    beside: { 'domain.devices.inputs': [{ name: 'i' }] },
    path: 'domain.devices.inputs[0].bus',
    want: 'virtio',
    stated: 'usb',
  },
  {
    name: 'input type',
    preference: devices({ preferredInputType: 'tablet' }),
    beside: { 'domain.devices.inputs': [{ name: 'i' }] },
    path: 'domain.devices.inputs[0].type',
    want: 'tablet',
    stated: 'keyboard',
  },
  {
    name: 'interface model',
    preference: devices({ preferredInterfaceModel: 'e1000e' }),
    path: `${nics}[0].model`,
    want: 'e1000e',
    stated: 'virtio',
  },
  {
    name: 'binding on the pod network',
    preference: devices({ preferredInterfaceMasquerade: {} }),
    beside: { [nics]: [{ name: 'default' }] },
    path: `${nics}[0].masquerade`,
    want: {},
  },
  {
    name: 'no binding beside another',
    preference: devices({ preferredInterfaceMasquerade: {} }),
    beside: { [nics]: [{ name: 'default', bridge: {} }] },
    path: `${nics}[0].masquerade`,
    want: undefined,
  },
  {
    name: 'no binding on another network',
    preference: devices({ preferredInterfaceMasquerade: {} }),
    beside: { [nics]: [{ name: 'default' }], networks: [{ name: 'default', multus: { networkName: 'n' } }] },
    path: `${nics}[0].masquerade`,
    want: undefined,
  },
  {
    name: 'ACPI',
    preference: features({ preferredAcpi: { enabled: false } }),
    path: 'domain.features.acpi',
    want: { enabled: false },
  },
  {
    name: 'APIC',
    preference: features({ preferredApic: { enabled: true } }),
    path: 'domain.features.apic',
    want: { enabled: true },
    stated: { enabled: false },
  },
  {
    name: 'KVM',
    preference: features({ preferredKvm: { hidden: true } }),
    path: 'domain.features.kvm',
    want: { hidden: true },
    stated: { hidden: false },
  },
  {
    name: 'spin locks',
    preference: features({ preferredPvspinlock: { enabled: false } }),
    path: 'domain.features.pvspinlock',
    want: { enabled: false },
    stated: { enabled: true },
  },
  {
    name: 'SMM',
    preference: features({ preferredSmm: {} }),
    path: 'domain.features.smm',
    want: {},
    stated: { enabled: false },
  },
  {
    name: 'Hyper-V, feature by feature',
    preference: features({ preferredHyperv: { relaxed: {}, spinlocks: { spinlocks: 8191 } } }),
    beside: { 'domain.features.hyperv': { relaxed: { enabled: false }, vapic: {} } },
    path: 'domain.features.hyperv',
    want: { relaxed: { enabled: false }, vapic: {}, spinlocks: { spinlocks: 8191 } },
  },
  {
    name: 'machine',
    preference: { machine: { preferredMachineType: 'q35' } },
    path: 'domain.machine.type',
    want: 'q35',
    stated: 'pc-q35-9.0',
  },
  {
    name: 'clock offset',
    preference: { clock: { preferredClockOffset: { timezone: 'Europe/Berlin' } } },
    path: 'domain.clock',
    want: { timezone: 'Europe/Berlin' },
    stated: { utc: {} },
  },
  {
    name: 'timers, whole',
    preference: { clock: { preferredTimer: { hpet: { present: false } } } },
    path: 'domain.clock.timer',
    want: { hpet: { present: false } },
    stated: { pit: { tickPolicy: 'delay' } },
  },
  {
    name: 'CPU features, by name',
    preference: { cpu: { preferredCPUFeatures: [{ name: 'a' }, { name: 'b', policy: 'require' }] } },
    beside: { 'domain.cpu.features': [{ name: 'b', policy: 'disable' }] },
    path: 'domain.cpu.features',
    want: [{ name: 'b', policy: 'disable' }, { name: 'a' }],
  },
  {
    name: 'subdomain',
    preference: { preferredSubdomain: 'lab' },
    path: 'subdomain',
    want: 'lab',
    stated: 'mine',
  },
  {
    name: 'grace period',
    preference: { preferredTerminationGracePeriodSeconds: 180 },
    path: 'terminationGracePeriodSeconds',
    want: 180,
    stated: 0,
  },
  {
    name: 'architecture',
    preference: { preferredArchitecture: 'arm64' },
    path: 'architecture',
    want: 'arm64',
    stated: 'amd64',
  },
  {
    name: 'launch security',
    preference: { preferredLaunchSecurity: { sev: {} } },
    path: 'domain.launchSecurity',
    want: { sev: {} },
    stated: { snp: {} },
  },
];

const firmware: { name: string; preferred: PreferenceSpec['firmware']; stated?: object; want: object }[] = [
  { name: 'EFI', preferred: { preferredEfi: { secureBoot: true } }, want: { efi: { secureBoot: true } } },
  {
    name: 'EFI leaves a stated one as it is',
    preferred: { preferredEfi: { secureBoot: true } },
    stated: { efi: { persistent: true } },
    want: { efi: { persistent: true } },
  },
  { name: 'EFI leaves BIOS', preferred: { preferredEfi: {} }, stated: { bios: {} }, want: { bios: {} } },
  {
    name: 'EFI of its own ignores the older Secure Boot',
    preferred: { preferredEfi: {}, preferredUseSecureBoot: true },
    want: { efi: {} },
  },
  {
    name: 'older EFI with Secure Boot',
    preferred: { preferredUseEfi: true, preferredUseSecureBoot: true },
    want: { efi: { secureBoot: true } },
  },
  {
    name: 'older Secure Boot completes a stated EFI',
    preferred: { preferredUseSecureBoot: true },
    stated: { efi: {} },
    want: { efi: { secureBoot: true } },
  },
  {
    name: 'older Secure Boot yields',
    preferred: { preferredUseSecureBoot: true },
    stated: { efi: { secureBoot: false } },
    want: { efi: { secureBoot: false } },
  },
  { name: 'BIOS', preferred: { preferredUseBios: true }, want: { bios: {} } },
  {
    name: 'BIOS with serial console',
    preferred: { preferredUseBios: true, preferredUseBiosSerial: true },
    want: { bios: { useSerial: true } },
  },
  { name: 'BIOS wins over EFI', preferred: { preferredUseBios: true, preferredEfi: {} }, want: { bios: {} } },
];

function preferredOf(preference: PreferenceSpec, set: Record<string, unknown>): VmiSpecManifest {
  const spec = Object.entries(set).reduce(
    (node, [path, value]) => withField(node, path, value),
    sampleVmi().spec,
  );
  const before = structuredClone(spec);
  const after = applyPreference({ spec, annotations: {} }, preference).spec;
  assert.deepEqual(spec, before);
  return after;
}

describe('what is preferred is a default', () => {
  for (const { name, preference, beside = {}, path, want, stated } of rows) {
    test(name, () => {
      assert.deepEqual(at(preferredOf(preference, beside), path), want);
      if (stated === undefined) return;
      assert.deepEqual(at(preferredOf(preference, { ...beside, [path]: stated }), path), stated);
    });
  }
  for (const { name, preferred, stated, want } of firmware) {
    test(`firmware: ${name}`, () => {
      const set = stated === undefined ? {} : { 'domain.firmware.bootloader': stated };
      assert.deepEqual(at(preferredOf({ firmware: preferred }, set), 'domain.firmware.bootloader'), want);
    });
  }

  test('annotations', () => {
    const guest = { spec: sampleVmi().spec, annotations: { both: 'mine' } };
    const { annotations } = applyPreference(guest, { annotations: { both: 'theirs', other: 'theirs' } });
    assert.deepEqual(annotations, { both: 'mine', other: 'theirs' });
  });

  test('an empty preference changes nothing', () => {
    assert.deepEqual(preferredOf({}, {}), sampleVmi().spec);
  });
});
