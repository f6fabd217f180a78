/** What the types alone do not say about the API: number formats, units, list keys, and fields they lack. */
import { quantityPattern } from '../../src/api/quantity.ts';
import type { Schema } from '../../src/api/crd/schema.ts';
import { immutable, trackerSource } from './refinements.ts';

export const quantity: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern: quantityPattern,
  'x-kubernetes-int-or-string': true,
};

const intOrString: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
};

/** Metadata inside a spec: checked when the object it describes is created. */
export const embeddedMetadata: Schema = {
  type: 'object',
  nullable: true,
  'x-kubernetes-preserve-unknown-fields': true,
};

const int64: Schema = { type: 'integer', format: 'int64' };
const uint32: Schema = { ...int64, minimum: 0, maximum: 4294967295 };
const downtime: Schema = { ...int64, minimum: 1, maximum: 2_000_000 };
const text: Schema = { type: 'string' };
const nullableTime: Schema = { type: 'string', format: 'date-time', nullable: true };
const conditionTimes = { lastProbeTime: nullableTime, lastTransitionTime: nullableTime };
const amounts: Schema = { type: 'object', additionalProperties: quantity };

/** Numbers are int64 unless named here. */
const int32Fields = `
  core.DownwardAPIVolumeFile.mode core.PreferredSchedulingTerm.weight core.TopologySpreadConstraint.maxSkew
  core.TopologySpreadConstraint.minDomains core.WeightedPodAffinityTerm.weight ClockOffsetUTC.offsetSeconds
  DHCPPrivateOptions.option DeveloperConfiguration.cpuAllocationRatio DeveloperConfiguration.memoryOvercommit
  DeveloperConfiguration.pvcTolerateLessSpaceUpToPercent Interface.acpiIndex
  KubeVirtConfiguration.virtualMachineInstancesPerNode KubeVirtStatus.outdatedVirtualMachineInstanceWorkloads
  KubeVirtWorkloadUpdateStrategy.batchEvictionSize LogVerbosity.virtAPI LogVerbosity.virtController
  LogVerbosity.virtHandler LogVerbosity.virtLauncher LogVerbosity.virtOperator
  LogVerbosity.virtSynchronizationController Port.port Probe.failureThreshold Probe.initialDelaySeconds
  Probe.periodSeconds Probe.successThreshold Probe.timeoutSeconds TokenBucketRateLimiter.burst
  VirtualMachineInstanceNetworkInterface.queueCount VirtualMachineStartFailure.consecutiveFailCount
  VirtualMachineInstanceReplicaSetSpec.replicas VirtualMachineInstanceReplicaSetStatus.replicas
  VirtualMachineInstanceReplicaSetStatus.readyReplicas MigrationConfiguration.parallelMigrationsPerCluster
  MigrationConfiguration.parallelOutboundMigrationsPerNode beta1.MemoryInstancetype.overcommitPercent
  beta1.VirtualMachinePoolSpec.replicas beta1.VirtualMachinePoolStatus.replicas
  beta1.VirtualMachinePoolStatus.readyReplicas beta1.VirtualMachinePreferenceSpec.preferSpreadSocketToCoreRatio
  beta1.SpreadOptions.ratio beta1.VirtualMachinePoolAutohealingStrategy.startUpFailureThreshold`;

const unsignedFields = `
  CPU.cores CPU.sockets CPU.threads CPU.maxSockets CPUTopology.cores CPUTopology.sockets CPUTopology.threads
  Disk.bootOrder Interface.bootOrder DiskIOThreads.supplementalPoolThreadCount FeatureSpinlocks.spinlocks
  CustomBlockSize.logical CustomBlockSize.physical CustomBlockSize.discardGranularity
  LiveUpdateConfiguration.maxCpuSockets LiveUpdateConfiguration.maxHotplugRatio
  KubeVirtConfiguration.memBalloonStatsPeriod VirtualMachineInstanceStatus.VSOCKCID
  beta1.CPUInstancetype.guest beta1.CPUInstancetype.maxSockets beta1.CPUPreferenceRequirement.guest`;

const amountFields = `
  ResourceRequirements.requests ResourceRequirements.limits ResourceRequirementsWithoutClaims.requests
  ResourceRequirementsWithoutClaims.limits core.VolumeResourceRequirements.requests
  core.VolumeResourceRequirements.limits PersistentVolumeClaimInfo.capacity PersistentVolumeClaimInfo.requests`;

const each = (names: string, schema: Schema): [string, Schema][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, schema]);

/** Fields whose schema is stated here instead of derived. */
export const overrides: ReadonlyMap<string, Schema> = new Map([
  ...each(int32Fields, { type: 'integer', format: 'int32' }),
  ...each(unsignedFields, uint32),
  ...each(amountFields, amounts),
  ['TokenBucketRateLimiter.qps', { type: 'number' }],
  ['beta1.VirtualMachinePoolSpec.maxUnavailable', intOrString],
]);

/** Fields that the package's version of the types does not have; `!` marks required ones. */
export const additions: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  'core.HTTPGetAction': { 'port!': intOrString },
  'core.TCPSocketAction': { 'port!': intOrString },
  Interface: { portRanges: { type: 'array', items: { $ref: 'PortRange' } } },
  KubeVirtConfiguration: {
    persistentReservationConfiguration: { $ref: 'PersistentReservationConfiguration', nullable: true },
  },
  KubeVirtCondition: conditionTimes,
  VirtualMachineCondition: conditionTimes,
  VirtualMachineInstanceCondition: conditionTimes,
  VirtualMachineInstanceMigrationCondition: conditionTimes,
  VirtualMachineInstanceReplicaSetCondition: conditionTimes,
  MigrationConfiguration: { maxDowntimeMs: downtime },
  'alpha1.MigrationPolicySpec': { maxDowntimeMs: downtime },
  'alpha1.VirtualMachineBackupStatus': { exportUID: text },
  'beta1.Condition': conditionTimes,
  'beta1.VirtualMachinePoolCondition': conditionTimes,
  'alpha1.Condition': { observedGeneration: int64, lastTransitionTime: nullableTime },
  'beta1.VirtualMachinePreferenceSpec': { preferredLaunchSecurity: { $ref: 'LaunchSecurity' } },
  Network: { resourceClaim: { $ref: 'NetworkResourceClaim' } },
  VirtualMachineInstanceSpec: { serviceAccountName: text },
  VirtualMachineInstanceBackupStatus: { quiesceStatus: text },
};

/** Field names that the package's generator had to bend. */
export const renames: Readonly<Record<string, string>> = {
  _configuration: 'configuration',
  _default: 'default',
  vSOCKCID: 'VSOCKCID',
};

/** Lists that server-side apply merges by key. */
export const listKeys: Readonly<Record<string, readonly string[]>> = {
  'VirtualMachineInstanceSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'VirtualMachineInstanceSpec.resourceClaims': ['name'],
  'VirtualMachineInstanceSpec.utilityVolumes': ['name'],
  'KubeVirtConfiguration.supportContainerResources': ['type'],
  'alpha1.VirtualMachineBackupStatus.conditions': ['type'],
  'beta1.VirtualMachineExportLink.backups': ['name'],
  'beta1.VirtualMachineExportLink.manifests': ['type'],
  'beta1.VirtualMachineExportLink.volumes': ['name'],
  'beta1.VirtualMachineExportBackup.endpoints': ['endpoint'],
  'beta1.VirtualMachineExportVolume.formats': ['format'],
};

export const listSets: ReadonlySet<string> = new Set([
  'TLSConfiguration.ciphers',
  'QemuGuestAgentSSHPublicKeyAccessCredentialPropagation.users',
  'beta1.SnapshotVolumesLists.excludedVolumes',
  'beta1.SnapshotVolumesLists.includedVolumes',
  'beta1.VirtualMachineRestoreStatus.deletedDataVolumes',
  'beta1.VirtualMachineSnapshotStatus.indications',
]);

/** Required by the package's types, and not by the API. */
export const optional: ReadonlySet<string> = new Set(['alpha1.BackupVolumeInfo.diskTarget']);

/** Enumerations that Kubernetes also lets be empty. */
export const emptyAllowed: ReadonlySet<string> = new Set([
  'core.Toleration.effect',
  'core.Toleration.operator',
]);

const tracker: Readonly<Record<string, Schema>> = {
  VirtualMachineBackupTracker: {
    type: 'object',
    properties: {
      apiVersion: text,
      kind: text,
      metadata: embeddedMetadata,
      spec: { $ref: 'BackupTrackerSpec', ...immutable },
      status: { $ref: 'BackupTrackerStatus' },
    },
    required: ['spec'],
  },
  BackupTrackerSpec: {
    type: 'object',
    properties: { source: { $ref: 'core.TypedLocalObjectReference', ...trackerSource } },
    required: ['source'],
  },
  BackupTrackerStatus: {
    type: 'object',
    properties: {
      latestCheckpoint: { $ref: 'alpha1.BackupCheckpoint' },
      checkpointRedefinitionRequired: { type: 'boolean' },
    },
  },
};

const port: Schema = { type: 'integer', format: 'int32' };

const parts: Readonly<Record<string, Schema>> = {
  PortRange: {
    type: 'object',
    properties: { start: port, end: port, protocol: text },
    required: ['start', 'end'],
  },
  NetworkResourceClaim: { type: 'object', properties: { claimName: text, requestName: text } },
  PersistentReservationConfiguration: {
    type: 'object',
    properties: { enabled: { type: 'boolean', nullable: true } },
  },
};

/** Types that the package lacks, by name. */
export const missingTypes: readonly [string, Schema][] = Object.entries({
  ...tracker,
  ...parts,
});
