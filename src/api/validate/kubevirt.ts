/** Validation of the KubeVirt object: a setting works or is refused. */
import { warningsOfGates } from '../feature-gates.ts';
import type { KubeVirtConfiguration, KubeVirtManifest } from '../manifests.ts';
import { tryParseQuantity } from '../quantity.ts';
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
  configuration.cpuModel configuration.cpuRequest configuration.additionalGuestMemoryOverheadRatio
  configuration.evictionStrategy configuration.imagePullPolicy
  configuration.network.defaultNetworkInterface
  configuration.commonInstancetypesDeployment.enabled configuration.instancetype.referencePolicy`;

const known = honoured(paths.trim().split(/\s+/));

const remedies: Readonly<Record<string, string>> = {
  'configuration.network.permitBridgeInterfaceOnPodNetwork': 'remove it; guests use masquerade',
  'configuration.migrations': 'remove it; this release does not migrate guests',
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

const strategies = ['None', 'LiveMigrateIfPossible'];

export function clusterEvictionStrategyIsKnown({ configuration }: Context): Cause[] {
  const strategy = configuration.evictionStrategy;
  if (!strategy || strategies.includes(strategy)) return [];
  const field = 'spec.configuration.evictionStrategy';
  return [
    notSupported(
      field,
      `${field} ${strategy} is not supported by this release of monovirt; use one of: ${strategies.join(', ')}`,
    ),
  ];
}

export function defaultInterfaceIsMasquerade({ configuration }: Context): Cause[] {
  const binding = configuration.network?.defaultNetworkInterface;
  if (!binding || binding === 'masquerade') return [];
  const field = 'spec.configuration.network.defaultNetworkInterface';
  return [
    notSupported(field, `${field} ${binding} is not supported by this release of monovirt; use masquerade`),
  ];
}

export function defaultArchitectureIsOurs({ configuration }: Context): Cause[] {
  const architecture = configuration.architectureConfiguration?.defaultArchitecture;
  if (!architecture || architecture === 'amd64') return [];
  const field = 'spec.configuration.architectureConfiguration.defaultArchitecture';
  return [
    notSupported(field, `${field} ${architecture} is not supported by this release of monovirt; use amd64`),
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

const uninstallStrategies = ['RemoveWorkloads', 'BlockUninstallIfWorkloadsExist'];

export function uninstallStrategyIsKnown({ kubeVirt }: Context): Cause[] {
  const strategy = kubeVirt.spec.uninstallStrategy;
  const field = 'spec.uninstallStrategy';
  if (!strategy || uninstallStrategies.includes(strategy)) return [];
  return [
    notSupported(field, `${field} '${strategy}' is not known; use one of: ${uninstallStrategies.join(', ')}`),
  ];
}

export const kubeVirtRules: readonly Rule<Context>[] = [
  settingsAreHonoured,
  cpuRequestIsAQuantity,
  overheadRatioIsANumber,
  ratiosArePositive,
  gatesAreEitherOnOrOff,
  clusterEvictionStrategyIsKnown,
  defaultInterfaceIsMasquerade,
  defaultArchitectureIsOurs,
  instancetypesAreReferenced,
  uninstallStrategyIsKnown,
];

/** All that is wrong with a KubeVirt object. Total on objects that match the schema. */
export function validateKubeVirt(kubeVirt: KubeVirtManifest): Cause[] {
  return check(kubeVirtRules, { kubeVirt, configuration: kubeVirt.spec.configuration ?? {} });
}

/** What a user should know about a KubeVirt object that is accepted. */
export function warningsOfKubeVirt(kubeVirt: KubeVirtManifest): string[] {
  return warningsOfGates(kubeVirt.spec.configuration?.developerConfiguration ?? {});
}
