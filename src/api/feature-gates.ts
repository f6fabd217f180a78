/** KubeVirt's feature gates: what each is worth, and which are in force. Pure. */

/**
 * How far a feature is: `alpha` is off and `beta` on unless the configuration says otherwise, `ga` is always
 * on, `deprecated` is off until it is named and going away, `discontinued` is gone and cannot be named back.
 */
export type GateStage = 'alpha' | 'beta' | 'ga' | 'deprecated' | 'discontinued';

/** Names and stages of KubeVirt 1.9, from its `pkg/virt-config/featuregate`. */
const names: Readonly<Record<GateStage, string>> = {
  beta: `ImageVolume Snapshot WorkloadEncryptionSEV KubevirtSeccompProfile NodeRestriction GPUsWithDRA
    HostDevicesWithDRA DecentralizedLiveMigration DeclarativeHotplugVolumes PasstBinding
    PodSecondaryInterfaceNamingUpgrade ExternalNetResourceInjection RebootPolicy Template
    OptOutRoleAggregation`,
  alpha: `CPUManager ExperimentalIgnitionSupport HypervStrictCheck Sidecar HostDevices HostDisk
    DownwardMetrics Root WorkloadEncryptionTDX VSOCK AlignCPUs EnableVirtioFsStorageVolumes
    PCINUMAAwareTopology NetworkDevicesWithDRA ObjectGraph UtilityVolumes ConfigurableHypervisor
    IncrementalBackup ContainerPathVolumes ReservedOverheadMemlock VGPULiveMigration VMStatsCollector
    OCIExport Plugins GraceIOVirtualization IOMMUFD FirmwareAutoSelection MigrationStallDetection
    MigrationDowntimeTuning CrossArchitectureVirtualization PortRangesSpec`,
  ga: `LiveMigration SRIOVLiveMigration NonRoot PSA CPUNodeDiscovery NUMA CommonInstancetypesDeploymentGate
    GPU HotplugNICs BochsDisplayForEFIGuests VMLiveUpdateFeatures NetworkBindingPlugins
    DynamicPodInterfaceNaming VolumesUpdateStrategy VolumeMigration DisableCustomSELinuxPolicy
    AutoResourceLimitsGate ClusterProfiler VMPersistentState VMExport PersistentReservation
    InstancetypeReferencePolicy EnableVirtioFsConfigVolumes ExpandDisks PanicDevices LiveUpdateNADRef
    VideoConfig SecureExecution MigrationPriorityQueue VmiMemoryOverheadReport LibvirtHooksServerAndClient`,
  deprecated: 'DockerSELinuxMCSWorkaround MultiArchitecture DisableMDEVConfiguration HotplugVolumes',
  discontinued: 'ExperimentalVirtiofsSupport Passt Macvtap PasstIPStackMigration',
};

const gatesOf = (stage: GateStage): readonly string[] => names[stage].split(/\s+/);
const stages: readonly GateStage[] = ['beta', 'alpha', 'ga', 'deprecated', 'discontinued'];

/** Every gate there is, with its stage. */
export const featureGates: ReadonlyMap<string, GateStage> = new Map(
  stages.flatMap((stage) => gatesOf(stage).map((gate) => [gate, stage] as const)),
);

/** Gates that something of this release asks about; naming any other changes nothing. */
const acting: ReadonlySet<string> = new Set([
  'EnableVirtioFsStorageVolumes',
  'HostDisk',
  'ObjectGraph',
  'PasstBinding',
  'PortRangesSpec',
  'RebootPolicy',
  'ReservedOverheadMemlock',
]);

/** Beta gates whose feature this release always has. */
const alwaysOn: ReadonlySet<string> = new Set(['NodeRestriction']);

/** The lists of `spec.configuration.developerConfiguration`. */
export interface GateSettings {
  readonly featureGates?: readonly string[] | null;
  readonly disabledFeatureGates?: readonly string[] | null;
}

/** The gates in force. What is GA cannot be switched off; a gate in both lists is on; unknown names are dropped. */
export function gatesInForce(settings: GateSettings = {}): ReadonlySet<string> {
  const on = new Set(settings.featureGates ?? []);
  const off = new Set(settings.disabledFeatureGates ?? []);
  const inForce = [...featureGates].filter(([gate, stage]) => {
    if (stage === 'ga') return true;
    if (stage === 'discontinued') return false;
    return on.has(gate) || (stage === 'beta' && !off.has(gate));
  });
  return new Set(inForce.map(([gate]) => gate));
}

/** What a user should know about gates that are named: each of these names does nothing, or soon will. */
export function warningsOfGates({ featureGates: on, disabledFeatureGates: off }: GateSettings): string[] {
  return [...(on ?? []).flatMap(warningOfEnabled), ...(off ?? []).flatMap(warningOfDisabled)];
}

function warningOfEnabled(gate: string): string[] {
  const stage = alwaysOn.has(gate) ? 'ga' : featureGates.get(gate);
  switch (stage) {
    case undefined:
      return [unknown(gate)];
    case 'ga':
      return [`feature gate ${gate} is always on; it can be removed from the list`];
    case 'deprecated':
      return [`feature gate ${gate} is deprecated and has no effect; remove it from the list`];
    case 'discontinued':
      return [`feature gate ${gate} has been discontinued and has no effect; remove it from the list`];
    default:
      return acting.has(gate)
        ? []
        : [`feature gate ${gate} has no effect: this release of monovirt does not have what it opens`];
  }
}

function warningOfDisabled(gate: string): string[] {
  const stage = featureGates.get(gate);
  if (stage === undefined) return [unknown(gate)];
  return stage === 'ga' || alwaysOn.has(gate)
    ? [`feature gate ${gate} is always on and cannot be disabled`]
    : [];
}

const unknown = (gate: string): string =>
  `feature gate ${gate} is not known to this release of monovirt and has no effect; check its spelling`;
