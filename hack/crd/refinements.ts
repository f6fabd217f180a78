/** What is true of a field beside its type: merged into the schema that follows from the type. */
import type { Schema } from '../../src/api/crd/schema.ts';

/** Fields that components of KubeVirt's kind write as null. */
const nullable = `
  DataVolumeTemplateSpec.status VirtualMachineStatus.changedBlockTracking ChangedBlockTrackingStatus.backupStatus
  VirtualMachineStatus.instancetypeRef VirtualMachineStatus.preferenceRef VirtualMachineStatus.memoryDumpRequest
  VirtualMachineStatus.startFailure VirtualMachineInstanceMigrationState.startTimestamp
  VirtualMachineInstanceMigrationState.endTimestamp VirtualMachineInstanceReplicaSet.status
  KubeVirtConfiguration.changedBlockTrackingLabelSelectors KubeVirtConfiguration.commonInstancetypesDeployment
  CommonInstancetypesDeployment.enabled KubeVirtConfiguration.confidentialCompute
  ConfidentialComputeConfiguration.tdx KubeVirtConfiguration.instancetype
  InstancetypeConfiguration.referencePolicy KubeVirtConfiguration.virtTemplateDeployment
  VirtTemplateDeployment.enabled KubeVirtConfiguration.vmRolloutStrategy
  beta1.VirtualMachineSnapshotStatus.creationTime beta1.VolumeSnapshotStatus.creationTime
  beta1.VirtualMachineCloneStatus.restoreName beta1.VirtualMachineCloneStatus.snapshotName
  beta1.VirtualMachineCloneStatus.targetName beta1.VirtualMachineCloneStatus.creationTime MigrationPolicy.status
  VirtualMachineInstanceStatus.changedBlockTracking beta1.VirtualMachineSnapshotContentStatus.creationTime`;

/** Lists that are bounded: what the API server checks of each element stays cheap. */
const atMost256 = `
  VirtualMachineInstanceSpec.accessCredentials VirtualMachineInstanceSpec.networks
  VirtualMachineInstanceSpec.utilityVolumes VirtualMachineInstanceSpec.volumes Devices.disks Devices.interfaces`;

const enums: Readonly<Record<string, string>> = {
  'beta1.DataVolumeSpec.contentType': 'kubevirt archive',
  'ReservedOverhead.memLock': 'NotRequired Required',
  'DomainSpec.rebootPolicy': 'Reboot Terminate',
  'HypervisorConfiguration.name': 'kvm hyperv-direct',
  'InstancetypeConfiguration.referencePolicy': 'reference expand expandAll',
  'KubeVirtConfiguration.roleAggregationStrategy': 'AggregateToDefault Manual',
  'KubeVirtConfiguration.vmRolloutStrategy': 'Stage LiveUpdate',
  'TLSConfiguration.minTLSVersion': 'VersionTLS10 VersionTLS11 VersionTLS12 VersionTLS13',
  'alpha1.VirtualMachineBackupSpec.mode': 'Push Pull',
  'beta1.VirtualMachineCloneSpec.volumeNamePolicy': 'RandomizeNames PrefixTargetName',
  'beta1.VirtualMachinePoolOpportunisticScaleInStrategy.statePreservation': 'Disabled Offline Online',
  'beta1.VirtualMachinePoolProactiveScaleInStrategy.statePreservation': 'Disabled Offline Online',
  'beta1.VirtualMachinePoolSelectionPolicy.sortPolicy': 'AscendingOrder DescendingOrder Newest Oldest Random',
  'beta1.VirtualMachineRestoreSpec.targetReadinessPolicy':
    'StopTarget WaitGracePeriod FailImmediate WaitEventually',
};

const numbers: Readonly<Record<string, Schema>> = {
  'DeveloperConfiguration.memoryOvercommit': { minimum: 10 },
  'KubeVirtConfiguration.hypervisors': { maxItems: 1 },
  'beta1.MemoryInstancetype.overcommitPercent': { minimum: 0, maximum: 100 },
  'beta1.VirtualMachinePoolAutohealingStrategy.startUpFailureThreshold': { minimum: 1 },
  'VirtualMachineInstanceReplicaSetSpec.replicas': { minimum: 0 },
  'beta1.VirtualMachinePoolSpec.replicas': { minimum: 0 },
  'CustomizeComponentsPatch.resourceName': { minLength: 1 },
  'CustomizeComponentsPatch.resourceType': { minLength: 1 },
};

/** A change is refused by the API server itself; what such an object asked for may have been done already. */
export const immutable: Schema = {
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'spec cannot be changed; delete the object and create another' },
  ],
};

export const trackerSource: Schema = {
  'x-kubernetes-validations': [
    {
      rule: "has(self.apiGroup) && self.apiGroup == 'kubevirt.io' && self.kind == 'VirtualMachine' && self.name != ''",
      message: 'a tracker is of a VirtualMachine of kubevirt.io, by name',
    },
  ],
};

const rules: Readonly<Record<string, Schema>> = {
  'alpha1.VirtualMachineBackupSpec.source': {
    'x-kubernetes-validations': [
      {
        rule: "has(self.apiGroup) && ((self.apiGroup == 'kubevirt.io' && self.kind == 'VirtualMachine') || (self.apiGroup == 'backup.kubevirt.io' && self.kind == 'VirtualMachineBackupTracker'))",
        message:
          'a backup is of a kubevirt.io VirtualMachine, or continues a backup.kubevirt.io VirtualMachineBackupTracker',
      },
      { rule: "self.name != ''", message: 'name the object to back up' },
    ],
  },
  'VirtualMachineBackup.spec': {
    'x-kubernetes-validations': [
      ...(immutable['x-kubernetes-validations'] ?? []),
      {
        rule: "has(self.pvcName) && self.pvcName != ''",
        message: 'pvcName is required: name the claim that receives the backup',
      },
      {
        rule: "!has(self.mode) || self.mode != 'Pull' || (has(self.tokenSecretRef) && self.tokenSecretRef != '')",
        message: 'mode Pull requires tokenSecretRef, the secret that clients show',
      },
    ],
  },
  'beta1.VirtualMachinePoolSpec.selector': {
    'x-kubernetes-validations': [
      { rule: 'self == oldSelf', message: 'selector is immutable after creation; create another pool' },
    ],
  },
  'VirtualMachineInstanceMigration.spec': immutable,
  'VirtualMachineSnapshot.spec': immutable,
  'VirtualMachineRestore.spec': immutable,
  'VirtualMachineExport.spec': immutable,
  'VirtualMachineClone.spec': immutable,
};

const each = (names: string, schema: Schema): [string, Schema][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, schema]);

const all: readonly [string, Schema][] = [
  ...each(nullable, { nullable: true }),
  ...each(atMost256, { maxItems: 256 }),
  ...Object.entries(enums).map(([key, values]): [string, Schema] => [key, { enum: values.split(' ') }]),
  ...Object.entries(numbers),
  ...Object.entries(rules),
];

/** Type and field → what is added to its schema. */
export const refinements: ReadonlyMap<string, Schema> = new Map(
  Map.groupBy(all, ([key]) => key)
    .entries()
    .map(([key, entries]) => [key, Object.assign({}, ...entries.map(([, schema]) => schema)) as Schema]),
);
