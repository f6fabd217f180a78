/** What a preference likes of all but devices. Pure; what the user states stays. */
import type { VmiSpecManifest } from '../../api/manifests.ts';
import type { PreferenceSpec } from '../../api/types.ts';
import { defined, filled } from '../../support/defined.ts';

type Domain = VmiSpecManifest['domain'];

/** One step: returns the spec with what is preferred. */
export type Step = (spec: VmiSpecManifest, preference: PreferenceSpec) => VmiSpecManifest;

const withDomain = (spec: VmiSpecManifest, domain: Partial<Domain>): VmiSpecManifest => ({
  ...spec,
  domain: { ...spec.domain, ...domain },
});

export const preferCpuFeatures: Step = (spec, { cpu }) => {
  const stated = spec.domain.cpu?.features ?? [];
  const names = new Set(stated.map(({ name }) => name));
  const added = (cpu?.preferredCPUFeatures ?? []).filter(({ name }) => !names.has(name));
  if (added.length === 0) return spec;
  return withDomain(spec, { cpu: { ...spec.domain.cpu, features: [...stated, ...added] } });
};

export const preferFeatures: Step = (spec, { features: preferred }) => {
  if (preferred === undefined) return spec;
  const { features = {} } = spec.domain;
  const { preferredHyperv } = preferred;
  return withDomain(spec, {
    features: {
      ...filled(features, {
        apic: preferred.preferredApic,
        kvm: preferred.preferredKvm,
        pvspinlock: preferred.preferredPvspinlock,
        smm: preferred.preferredSmm,
      }),
      // An unset one cannot be told from one that is on, so the preference decides, as in KubeVirt.
      ...(preferred.preferredAcpi && { acpi: preferred.preferredAcpi }),
      ...(preferredHyperv && { hyperv: filled(features.hyperv ?? {}, preferredHyperv) }),
    },
  });
};

type Firmware = NonNullable<PreferenceSpec['firmware']>;
type Bootloader = NonNullable<NonNullable<Domain['firmware']>['bootloader']>;

export const preferFirmware: Step = (spec, { firmware }) => {
  if (firmware === undefined) return spec;
  const stated = spec.domain.firmware ?? {};
  const bootloader = preferredBootloader(stated.bootloader ?? {}, firmware);
  return withDomain(spec, { firmware: { ...stated, bootloader } });
};

function preferredBootloader(stated: Bootloader, preferred: Firmware): Bootloader {
  const chosen = stated.bios || stated.efi ? stated : chosenBootloader(preferred);
  const useSerial = preferred.preferredUseBiosSerial;
  if (chosen.bios) return { ...chosen, bios: { ...defined({ useSerial }), ...chosen.bios } };
  // The newer field says all about EFI; the older ones complete an EFI that says nothing of Secure Boot.
  if (!chosen.efi || chosen.efi === preferred.preferredEfi) return chosen;
  const secureBoot = preferred.preferredUseSecureBoot;
  return { ...chosen, efi: { ...defined({ secureBoot }), ...chosen.efi } };
}

function chosenBootloader(preferred: Firmware): Bootloader {
  if (preferred.preferredUseBios) return { bios: {} };
  if (preferred.preferredEfi) return { efi: preferred.preferredEfi };
  return preferred.preferredUseEfi ? { efi: {} } : {};
}

export const preferMachine: Step = (spec, { machine }) => {
  const type = spec.domain.machine?.type || machine?.preferredMachineType;
  return type ? withDomain(spec, { machine: { ...spec.domain.machine, type } }) : spec;
};

/** An offset is taken whole or not at all. */
export const preferClock: Step = (spec, { clock: preferred }) => {
  if (preferred === undefined) return spec;
  const stated = spec.domain.clock ?? {};
  const offset = stated.utc || stated.timezone ? {} : preferred.preferredClockOffset;
  return withDomain(spec, {
    clock: { ...defined({ timer: preferred.preferredTimer }), ...offset, ...defined(stated) },
  });
};

export const preferSecurity: Step = (spec, { preferredLaunchSecurity }) =>
  preferredLaunchSecurity === undefined || spec.domain.launchSecurity
    ? spec
    : withDomain(spec, { launchSecurity: preferredLaunchSecurity });

export const preferPod: Step = (spec, preference) =>
  filled(spec, {
    subdomain: preference.preferredSubdomain,
    terminationGracePeriodSeconds: preference.preferredTerminationGracePeriodSeconds,
    architecture: preference.preferredArchitecture,
  });
