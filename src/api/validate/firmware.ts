/** Rules on firmware: how a guest boots, and who it believes to be. */
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isImage, isPlainPath } from './names.ts';
import type { SpecContext } from './rule.ts';

export function oneBootloader({ spec, path }: SpecContext): Cause[] {
  const { bios, efi } = spec.domain.firmware?.bootloader ?? {};
  if (!bios || !efi) return [];
  const field = `${path}.domain.firmware.bootloader`;
  return [
    invalid(field, `${field} has both EFI and BIOS configured, but they are mutually exclusive; keep one`),
  ];
}

export function firmwareUuidIsAUuid({ spec, path }: SpecContext): Cause[] {
  const uuid = spec.domain.firmware?.uuid;
  if (!uuid || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) return [];
  const field = `${path}.domain.firmware.uuid`;
  return [
    invalid(
      field,
      `${field} '${uuid}' is no UUID; write it like 5d307ca9-b3ef-428c-8861-06e72d69f223 or leave it out`,
    ),
  ];
}

export function firmwareSerialIsPlain({ spec, path }: SpecContext): Cause[] {
  const serial = spec.domain.firmware?.serial;
  if (serial === undefined || /^[A-Za-z0-9_.+-]{0,256}$/.test(serial)) return [];
  const field = `${path}.domain.firmware.serial`;
  return [invalid(field, `${field} must be at most 256 characters of [A-Za-z0-9_.+-]`)];
}

export function kernelBootHasAKernel({ spec, path }: SpecContext): Cause[] {
  const boot = spec.domain.firmware?.kernelBoot;
  const field = `${path}.domain.firmware.kernelBoot`;
  if (!boot) return [];
  if (!boot.container) {
    if (!boot.kernelArgs) return [];
    return [
      invalid(
        `${field}.kernelArgs`,
        'kernel arguments cannot be provided without an external kernel; set kernelBoot.container',
      ),
    ];
  }
  const { image, kernelPath, initrdPath } = boot.container;
  const container = `${field}.container`;
  const causes: Cause[] = [];
  if (!isImage(image))
    causes.push(required(`${container}.image`, `${container} must be defined with an image`));
  if (!kernelPath && !initrdPath) {
    causes.push(
      required(
        container,
        `${container} must be defined with at least one of the following: kernelPath, initrdPath`,
      ),
    );
  }
  return causes;
}

export function kernelBootPathsArePlain({ spec, path }: SpecContext): Cause[] {
  const container = spec.domain.firmware?.kernelBoot?.container;
  return (['kernelPath', 'initrdPath'] as const).flatMap((name) => {
    const value = container?.[name];
    if (!value || isPlainPath(value)) return [];
    const field = `${path}.domain.firmware.kernelBoot.container.${name}`;
    return [invalid(field, `${field} must be an absolute path to a file without relative components`)];
  });
}

/** The keys of Secure Boot are safe from the guest only in System Management Mode. */
export function secureBootNeedsSmm({ spec, path }: SpecContext): Cause[] {
  const { firmware, features, launchSecurity } = spec.domain;
  const efi = firmware?.bootloader?.efi;
  const smm = features?.smm;
  const secure = efi !== undefined && efi.secureBoot !== false;
  if (!secure || (smm && smm.enabled !== false) || launchSecurity?.tdx) return [];
  const field = `${path}.domain`;
  return [
    invalid(
      field,
      `${field} has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled. Set features.smm: {enabled: true}, or efi: {secureBoot: false}`,
    ),
  ];
}

/** KubeVirt leaves `domain.firmware` out of this path, and tools know it so. */
const acpiPath = ({ path }: SpecContext): string => `${path}.acpi`;

export function acpiNamesATable(context: SpecContext): Cause[] {
  const acpi = context.spec.domain.firmware?.acpi;
  if (!acpi || acpi.slicNameRef || acpi.msdmNameRef) return [];
  const message = 'ACPI was set but no SLIC nor MSDM volume reference was set; set one or remove acpi';
  return [invalid(acpiPath(context), message)];
}

export function acpiTableIsASecret(context: SpecContext): Cause[] {
  const acpi = context.spec.domain.firmware?.acpi;
  return (['slicNameRef', 'msdmNameRef'] as const).flatMap((name) => {
    const wanted = acpi?.[name];
    if (!wanted) return [];
    const field = acpiPath(context);
    const volume = context.spec.volumes?.find((each) => each.name === wanted);
    if (volume?.secret) return [];
    const message = volume
      ? `${field} refers to Volume of unsupported type. ${wanted} must be a secret`
      : `${field} does not have a matching Volume. Add a secret volume named ${wanted}`;
    return [invalid(`${field}.${name}`, message)];
  });
}
