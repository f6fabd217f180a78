/** Defaults of features, and of what an architecture has of its own. Pure; each takes a spec and returns one. */
import { hypervNeeds, isOn } from './hyperv.ts';
import type { Hyperv } from './hyperv.ts';
import type { VmiSpecManifest } from './manifests.ts';
import type { Disk } from './types.ts';

const defaultSpinlockRetries = 4096;

/** Enlightenments bring along those that they build on, unless these were switched off. */
export function defaultHyperv(spec: VmiSpecManifest): VmiSpecManifest {
  const { features, cpu } = spec.domain;
  if (!features?.hyperv) return spec;
  const hyperv = completed(features.hyperv);
  const domain = { ...spec.domain, features: { ...features, hyperv } };
  if (!isOn(hyperv.evmcs)) return { ...spec, domain };
  return { ...spec, domain: { ...domain, cpu: { ...cpu, features: withVmx(cpu?.features ?? []) } } };
}

function completed(wanted: Hyperv): Hyperv {
  const { spinlocks } = wanted;
  const first: Hyperv = isOn(spinlocks)
    ? { ...wanted, spinlocks: { ...spinlocks, spinlocks: spinlocks?.spinlocks ?? defaultSpinlockRetries } }
    : wanted;
  return hypervNeeds.reduce(
    (hyperv, { feature, needs }) =>
      isOn(hyperv[feature]) && hyperv[needs]?.enabled === undefined
        ? { ...hyperv, [needs]: { ...hyperv[needs], enabled: true } }
        : hyperv,
    first,
  );
}

type CpuFeatures = NonNullable<NonNullable<VmiSpecManifest['domain']['cpu']>['features']>;

function withVmx(features: CpuFeatures): CpuFeatures {
  const vmx = { name: 'vmx', policy: 'require' };
  const others = features.map((feature) => (feature.name === vmx.name ? vmx : feature));
  return others.includes(vmx) ? others : [...others, vmx];
}

/** A virtual Arm machine has no BIOS, no Secure Boot and no SATA. */
export function defaultArm(spec: VmiSpecManifest): VmiSpecManifest {
  if (spec.architecture !== 'arm64') return spec;
  const { firmware, devices } = spec.domain;
  const bootloader = firmware?.bootloader ?? { efi: {} };
  const { efi } = bootloader;
  return {
    ...spec,
    domain: {
      ...spec.domain,
      firmware: {
        ...firmware,
        bootloader: efi
          ? { ...bootloader, efi: { ...efi, secureBoot: efi.secureBoot ?? false } }
          : bootloader,
      },
      devices: { ...devices, ...(devices.disks && { disks: devices.disks.map(virtual) }) },
    },
  };
}

function virtual(disk: Disk): Disk {
  const { cdrom, lun } = disk;
  if (cdrom) return { ...disk, cdrom: { ...cdrom, bus: cdrom.bus || 'scsi' } };
  if (lun) return { ...disk, lun: { ...lun, bus: lun.bus || 'scsi' } };
  return { ...disk, disk: { ...disk.disk, bus: disk.disk?.bus || 'virtio' } };
}
