/** Rules on guests whose memory the node cannot read. KubeVirt's paths are without `domain`, and tools know them so. */
import { forbidden, invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const kinds = ['sev', 'snp', 'tdx'] as const;
type Kind = (typeof kinds)[number];

interface Launch {
  kind: Kind;
  /** Its name in messages. */
  name: string;
  field: string;
}

/** The one kind that is asked for; undefined for none or several. */
function launchOf({ spec, path }: SpecContext): Launch | undefined {
  const [kind, ...others] = asked(spec.domain.launchSecurity);
  if (kind === undefined || others.length > 0) return undefined;
  return { kind, name: kind.toUpperCase(), field: `${path}.launchSecurity` };
}

const asked = (launch: SpecContext['spec']['domain']['launchSecurity']): Kind[] =>
  kinds.filter((kind) => launch?.[kind]);

/** One cause when a guest that asks for one kind of security is not as that kind needs it. */
function refusal(context: SpecContext, wrong: (launch: Launch) => string | undefined): Cause[] {
  const launch = launchOf(context);
  const message = launch && wrong(launch);
  return launch && message ? [invalid(launch.field, message)] : [];
}

export function oneLaunchSecurity({ spec, path }: SpecContext): Cause[] {
  const launch = spec.domain.launchSecurity;
  if (!launch || spec.architecture !== 'amd64' || asked(launch).length === 1) return [];
  return [forbidden(`${path}.launchSecurity`, 'One and only one launchSecurity type can be set; keep one')];
}

export function launchSecurityIsOfAmd64({ spec, path }: SpecContext): Cause[] {
  const { architecture } = spec;
  if (!spec.domain.launchSecurity || architecture === 'amd64') return [];
  return [invalid(`${path}.architecture`, `No launchSecurity support for architecture: ${architecture}`)];
}

export function launchSecurityIsGated(context: SpecContext): Cause[] {
  return refusal(context, ({ kind }) => {
    const gate = kind === 'tdx' ? 'WorkloadEncryptionTDX' : 'WorkloadEncryptionSEV';
    if (context.config.featureGates.has(gate)) return undefined;
    return `${gate} feature gate is not enabled in kubevirt-config. Add it to developerConfiguration.featureGates of the KubeVirt object`;
  });
}

export function tdxIsWithoutSmm(context: SpecContext): Cause[] {
  const smm = context.spec.domain.features?.smm;
  return refusal(context, ({ kind }) =>
    kind === 'tdx' && smm && smm.enabled !== false
      ? 'TDX does not work along with SMM; remove features.smm'
      : undefined,
  );
}

export function launchSecurityNeedsEfi(context: SpecContext): Cause[] {
  const efi = context.spec.domain.firmware?.bootloader?.efi;
  return refusal(context, ({ name }) =>
    efi ? undefined : `${name} requires OVMF (UEFI); set firmware.bootloader.efi`,
  );
}

export function sevIsWithoutSecureBoot(context: SpecContext): Cause[] {
  const efi = context.spec.domain.firmware?.bootloader?.efi;
  return refusal(context, ({ kind, name }) =>
    kind !== 'tdx' && efi && efi.secureBoot !== false
      ? `${name} does not work along with SecureBoot; set it to false`
      : undefined,
  );
}

export function launchSecurityForgetsVariables(context: SpecContext): Cause[] {
  const efi = context.spec.domain.firmware?.bootloader?.efi;
  return refusal(context, ({ kind, name }) =>
    kind !== 'sev' && efi?.persistent
      ? `${name} does not work along with Persistent EFI variables; set persistent to false`
      : undefined,
  );
}

export function attestationStartsPaused(context: SpecContext): Cause[] {
  const { domain, startStrategy } = context.spec;
  return refusal(context, ({ kind }) =>
    kind === 'sev' && domain.launchSecurity?.sev?.attestation && startStrategy !== 'Paused'
      ? "SEV attestation requires VMI StartStrategy 'Paused'"
      : undefined,
  );
}

export function launchSecurityBootsNoNic(context: SpecContext): Cause[] {
  const nic = context.spec.domain.devices.interfaces?.find(({ bootOrder }) => bootOrder !== undefined);
  return refusal(context, ({ name }) =>
    nic ? `${name} does not work with bootable NICs: ${nic.name}; remove its bootOrder` : undefined,
  );
}
