/** Validation of the KubeVirt object: a setting works or is refused. */
import { warningsOfGates } from '../feature-gates.ts';
import type { KubeVirtConfiguration, KubeVirtManifest } from '../manifests.ts';
import { tryParseQuantity } from '../quantity.ts';
import * as plugins from './binding-plugins.ts';
import { forbidden, invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { check } from './rule.ts';
import type { Rule } from './rule.ts';
import { honoured, unsupported } from './unsupported.ts';

const paths = `
  imagePullPolicy uninstallStrategy
  configuration.developerConfiguration.useEmulation configuration.developerConfiguration.featureGates
  configuration.developerConfiguration.disabledFeatureGates
  configuration.developerConfiguration.cpuAllocationRatio configuration.developerConfiguration.memoryOvercommit
  configuration.developerConfiguration.nodeSelectors.**
  configuration.machineType configuration.emulatedMachines
  configuration.architectureConfiguration.defaultArchitecture
  configuration.architectureConfiguration.amd64.machineType
  configuration.architectureConfiguration.amd64.emulatedMachines
  configuration.smbios.** configuration.cpuModel configuration.cpuRequest configuration.additionalGuestMemoryOverheadRatio
  configuration.evictionStrategy configuration.imagePullPolicy
  configuration.network.defaultNetworkInterface configuration.network.permitBridgeInterfaceOnPodNetwork
  configuration.network.binding.**
  configuration.vmRolloutStrategy configuration.roleAggregationStrategy
  configuration.tlsConfiguration.minTLSVersion configuration.defaultRuntimeClass
  configuration.selinuxLauncherType configuration.seccompConfiguration.**
  configuration.virtualMachineOptions.disableSerialConsoleLog.**
  configuration.commonInstancetypesDeployment.enabled configuration.instancetype.referencePolicy`;

const known = honoured(paths.trim().split(/\s+/));

const remedies: Readonly<Record<string, string>> = {
  'configuration.network.permitSlirpInterface': 'remove it; slirp has been discontinued since v1.3',
  'configuration.permittedHostDevices': 'remove it; guests of this release get no devices of the node',
  'configuration.migrations': 'remove it; this release does not migrate guests',
  'configuration.liveUpdateConfiguration': 'remove it; changes of a VM wait for its next start',
  'configuration.tlsConfiguration.ciphers':
    'remove it; all servers speak TLS 1.2 and 1.3 with the usual ciphers',
  'configuration.apiConfiguration': 'remove it; clients back off by themselves',
  'configuration.controllerConfiguration': 'remove it; clients back off by themselves',
  'configuration.handlerConfiguration': 'remove it; clients back off by themselves',
  'configuration.webhookConfiguration': 'remove it; clients back off by themselves',
  'configuration.architectureConfiguration.arm64': 'remove it; guests are of the architecture amd64',
  'configuration.developerConfiguration.logVerbosity': 'remove it; set --log-level in the Deployment',
  customizeComponents: 'remove it; patch the Deployment, or apply the patches with kustomize',
  certificateRotateStrategy: 'remove it; certificates are renewed long before they end',
  imageRegistry: 'remove it; the image is that of the Deployment',
  imageTag: 'remove it; the image is that of the Deployment',
  imagePullSecrets: 'remove it; those of the Deployment are used',
  infra: 'remove it; place the Deployment by its own spec',
  workloadUpdateStrategy: 'leave it empty; guests go on with the version they were started with',
};

interface Context {
  readonly kubeVirt: KubeVirtManifest;
  readonly configuration: KubeVirtConfiguration;
}

export function settingsAreHonoured({ kubeVirt }: Context): Cause[] {
  return unsupported(kubeVirt.spec, 'spec', known, { remedies, emptyMatters: false });
}

export function cpuRequestIsAQuantity({ configuration }: Context): Cause[] {
  const request = configuration.cpuRequest;
  const nanos = tryParseQuantity(request);
  if (request === undefined || (nanos !== undefined && nanos > 0n)) return [];
  const field = 'spec.configuration.cpuRequest';
  return [invalid(field, `${field} '${request}' is no positive quantity; write it like 100m`)];
}

export function overheadRatioIsANumber({ configuration }: Context): Cause[] {
  const ratio = configuration.additionalGuestMemoryOverheadRatio;
  const field = 'spec.configuration.additionalGuestMemoryOverheadRatio';
  if (!ratio || (/^\d{1,3}(?:\.\d{1,6})?$/.test(ratio) && Number(ratio) >= 1)) return [];
  return [invalid(field, `${field} '${ratio}' is no number of 1 or more; write it like "1.25"`)];
}

export function ratiosArePositive({ configuration }: Context): Cause[] {
  const developer = configuration.developerConfiguration;
  return (['cpuAllocationRatio', 'memoryOvercommit'] as const).flatMap((name) => {
    const value = developer?.[name];
    const field = `spec.configuration.developerConfiguration.${name}`;
    return value === undefined || value > 0
      ? []
      : [invalid(field, `${field} '${value}': must be greater than 0`)];
  });
}

export function gatesAreEitherOnOrOff({ configuration }: Context): Cause[] {
  const { featureGates, disabledFeatureGates } = configuration.developerConfiguration ?? {};
  const both = (featureGates ?? []).filter((gate) => disabledFeatureGates?.includes(gate));
  const field = 'spec.configuration.developerConfiguration.featureGates';
  return both.map((gate) =>
    forbidden(
      field,
      `feature gate ${gate} is in ${field} and in disabledFeatureGates; keep it in one of them`,
    ),
  );
}

export function clusterEvictionStrategyIsKnown({ configuration }: Context): Cause[] {
  const allowed = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'];
  return oneOf('configuration.evictionStrategy', configuration.evictionStrategy, allowed);
}

export function defaultInterfaceIsKnown({ configuration }: Context): Cause[] {
  const field = 'configuration.network.defaultNetworkInterface';
  return oneOf(field, configuration.network?.defaultNetworkInterface, ['bridge', 'masquerade']);
}

export function defaultInterfaceIsPermitted({ configuration }: Context): Cause[] {
  const { defaultNetworkInterface, permitBridgeInterfaceOnPodNetwork } = configuration.network ?? {};
  if (defaultNetworkInterface !== 'bridge' || permitBridgeInterfaceOnPodNetwork !== false) return [];
  const field = 'spec.configuration.network.defaultNetworkInterface';
  const message = `${field} bridge is what permitBridgeInterfaceOnPodNetwork: false forbids; change one of them`;
  return [invalid(field, message)];
}

export function defaultArchitectureIsOurs({ configuration }: Context): Cause[] {
  const field = 'configuration.architectureConfiguration.defaultArchitecture';
  return oneOf(field, configuration.architectureConfiguration?.defaultArchitecture, ['amd64']);
}

/** Changes of a VM wait for its next start; its condition RestartRequired says so. */
export function rolloutIsStaged({ configuration }: Context): Cause[] {
  return oneOf('configuration.vmRolloutStrategy', configuration.vmRolloutStrategy ?? undefined, ['Stage']);
}

export function rolesAreAggregated({ configuration }: Context): Cause[] {
  const { roleAggregationStrategy } = configuration as { roleAggregationStrategy?: string };
  return oneOf('configuration.roleAggregationStrategy', roleAggregationStrategy, ['AggregateToDefault']);
}

/** All servers speak TLS 1.2 and 1.3, with Node's ciphers. */
export function tlsVersionIsOurs({ configuration }: Context): Cause[] {
  const field = 'configuration.tlsConfiguration.minTLSVersion';
  return oneOf(field, configuration.tlsConfiguration?.minTLSVersion, ['VersionTLS12']);
}

/** These are wishes even when they are empty. */
export function emptySelectorsAreHonoured({ configuration }: Context): Cause[] {
  const wishes = {
    'virtualMachineOptions.disableFreePageReporting':
      configuration.virtualMachineOptions?.disableFreePageReporting,
    autoCPULimitNamespaceLabelSelector: configuration.autoCPULimitNamespaceLabelSelector,
  };
  return Object.entries(wishes)
    .filter(([, value]) => value && Object.keys(value).length === 0)
    .map(([name]) => {
      const field = `spec.configuration.${name}`;
      return notSupported(field, `${field} is not supported by this release of monovirt; remove it`);
    });
}

const seccomp = 'spec.configuration.seccompConfiguration.virtualMachineInstanceProfile.customProfile';

export function seccompProfileIsStated({ configuration }: Context): Cause[] {
  const profile = configuration.seccompConfiguration?.virtualMachineInstanceProfile;
  return profile && !profile.customProfile ? [invalid(seccomp, `${seccomp} needs to be set`)] : [];
}

export function oneSeccompProfile({ configuration }: Context): Cause[] {
  const profile = configuration.seccompConfiguration?.virtualMachineInstanceProfile?.customProfile;
  if (!profile?.localhostProfile || !profile.runtimeDefaultProfile) return [];
  const [local, runtime] = [`${seccomp}.localhostProfile`, `${seccomp}.runtimeDefaultProfile`];
  return [
    invalid(local, `${local} cannot be set when ${runtime} is set; remove one of them`),
    invalid(runtime, `${runtime} cannot be set when ${local} is set; remove one of them`),
  ];
}

/** Expanding would rewrite what users have applied. */
export function instancetypesAreReferenced({ configuration }: Context): Cause[] {
  const policy = configuration.instancetype?.referencePolicy;
  if (!policy || policy === 'reference') return [];
  const field = 'spec.configuration.instancetype.referencePolicy';
  return [
    notSupported(
      field,
      `${field} ${policy} is not supported by this release of monovirt, which never rewrites a VirtualMachine; use reference, and expand-spec to see the expanded one`,
    ),
  ];
}

const mostEntry = 255;

/** They become strings of every guest's SMBIOS. */
export function smbiosIsPlain({ configuration }: Context): Cause[] {
  return Object.entries(configuration.smbios ?? {}).flatMap(([name, value]) => {
    const field = `spec.configuration.smbios.${name}`;
    if (/^[\x20-\x7e]*$/.test(value) && value.length <= mostEntry) return [];
    return [invalid(field, `${field} must be at most ${mostEntry} printable ASCII characters`)];
  });
}

export function uninstallStrategyIsKnown({ kubeVirt }: Context): Cause[] {
  const allowed = ['RemoveWorkloads', 'BlockUninstallIfWorkloadsExist'];
  return oneOf('uninstallStrategy', kubeVirt.spec.uninstallStrategy, allowed);
}

/** A cause when a setting is there and is none of the values that this release knows. */
function oneOf(path: string, value: string | undefined, allowed: readonly string[]): Cause[] {
  if (!value || allowed.includes(value)) return [];
  const field = `spec.${path}`;
  const use = allowed.length === 1 ? `use ${allowed[0]}` : `use one of: ${allowed.join(', ')}`;
  return [notSupported(field, `${field} ${value} is not supported by this release of monovirt; ${use}`)];
}

export const kubeVirtRules: readonly Rule<Context>[] = [
  settingsAreHonoured,
  cpuRequestIsAQuantity,
  overheadRatioIsANumber,
  ratiosArePositive,
  gatesAreEitherOnOrOff,
  clusterEvictionStrategyIsKnown,
  defaultInterfaceIsKnown,
  defaultInterfaceIsPermitted,
  defaultArchitectureIsOurs,
  rolloutIsStaged,
  rolesAreAggregated,
  tlsVersionIsOurs,
  emptySelectorsAreHonoured,
  seccompProfileIsStated,
  oneSeccompProfile,
  instancetypesAreReferenced,
  smbiosIsPlain,
  uninstallStrategyIsKnown,
  plugins.pluginAttachmentIsKnown,
  plugins.pluginDoesSomething,
  plugins.pluginDefinitionIsNamed,
  plugins.pluginOverheadIsMemory,
  plugins.pluginTakesNoDeviceInfo,
];

/** All that is wrong with a KubeVirt object. Total on objects that match the schema. */
export function validateKubeVirt(kubeVirt: KubeVirtManifest): Cause[] {
  return check(kubeVirtRules, { kubeVirt, configuration: kubeVirt.spec.configuration ?? {} });
}

/** What a user should know about a KubeVirt object that is accepted. */
export function warningsOfKubeVirt(kubeVirt: KubeVirtManifest): string[] {
  return warningsOfGates(kubeVirt.spec.configuration?.developerConfiguration ?? {});
}
