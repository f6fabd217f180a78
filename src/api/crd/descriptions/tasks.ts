/** Kinds that nothing acts on yet: their top level. */
import type { Descriptions } from './type.ts';

export const tasks: Descriptions = {
  VirtualMachineInstanceMigration: {
    spec: 'Which instance is to move, and where to. It cannot be changed.',
    status: 'How far the move is.',
  },
  VirtualMachineInstanceMigrationSpec: {
    vmiName: 'Name of the instance.',
    addedNodeSelector: 'Labels that the new node must have beside what the instance demands.',
    priority: 'Which moves go first. Set by components only.',
    sendTo: 'Where to, in another cluster.',
    receive: 'What to wait for, from another cluster.',
  },
  VirtualMachineInstanceMigrationStatus: {
    phase: 'Pending, Scheduling, Running, Succeeded, Failed and others between.',
    conditions: 'Facts in machine-readable form.',
    migrationState: 'Details of the move.',
    phaseTransitionTimestamps: 'When each phase was entered.',
  },
  VirtualMachinePool: {
    spec: 'How many virtual machines there should be, and of what.',
    status: 'What was last seen.',
  },
  'beta1.VirtualMachinePoolSpec': {
    replicas: 'How many virtual machines there should be; 1 when left out.',
    selector: 'Which virtual machines belong to the pool. It cannot be changed.',
    virtualMachineTemplate: 'What a virtual machine is made of.',
    paused: 'true: virtual machines are neither created nor deleted.',
    nameGeneration: 'Which objects get numbers in their names.',
    maxUnavailable: 'How many may be down during an update, as a number or in per cent.',
    scaleInStrategy: 'Which virtual machines go first when there are too many.',
    updateStrategy: 'How virtual machines get a changed template.',
    autohealing: 'When virtual machines that fail are replaced.',
  },
  MigrationPolicy: {
    spec: 'Which guests, and how they are moved.',
    status: 'Not used.',
  },
  'alpha1.MigrationPolicySpec': {
    selectors: 'Which guests: by labels of instances and of namespaces. The most exact policy wins.',
    allowAutoConverge: 'true: a guest that changes its memory too fast is slowed down.',
    allowPostCopy: 'true: a guest may run on the new node before all its memory is there.',
    allowWorkloadDisruption: 'true: a guest may be paused for longer when its move takes too long.',
    bandwidthPerMigration: 'Bytes a second for each move, such as 64Mi.',
    completionTimeoutPerGiB: 'Seconds that a move may take for each GiB.',
    maxDowntimeMs: 'Milliseconds that a guest may stand still at the end of a move.',
  },
  'alpha1.Selectors': {
    namespaceSelector: 'Labels of namespaces.',
    virtualMachineInstanceSelector: 'Labels of instances.',
  },
  VirtualMachineSnapshot: {
    spec: 'What is to be kept. It cannot be changed.',
    status: 'How far it is.',
  },
  'beta1.VirtualMachineSnapshotSpec': {
    source: 'The virtual machine.',
    deletionPolicy: 'What happens to the data when this object is deleted: Delete (when left out) or Retain.',
    failureDeadline: 'Time after which the attempt is given up, such as 5m.',
  },
  VirtualMachineSnapshotContent: {
    spec: 'What the snapshot holds.',
    status: 'Whether it can be used.',
  },
  'beta1.VirtualMachineSnapshotContentSpec': {
    source: 'The virtual machine as it was.',
    virtualMachineSnapshotName: 'Snapshot that this is the content of.',
    volumeBackups: 'Volume snapshots, one a volume.',
  },
  VirtualMachineRestore: {
    spec: 'What is to be restored to what. It cannot be changed.',
    status: 'How far it is.',
  },
  'beta1.VirtualMachineRestoreSpec': {
    target: 'The virtual machine that gets the state; it is created when it does not exist.',
    virtualMachineSnapshotName: 'The snapshot.',
    patches: 'JSON patches of the virtual machine.',
    targetReadinessPolicy:
      'What to do when the target runs: StopTarget, WaitGracePeriod, FailImmediate or WaitEventually.',
    volumeOwnershipPolicy: 'Who owns the restored volumes: Vm (when left out) or None.',
    volumeRestoreOverrides: 'Names, labels and annotations of restored volumes.',
    volumeRestorePolicy:
      'Names of restored volumes: RandomizeNames (when left out), InPlace or PrefixTargetName.',
  },
  VirtualMachineExport: {
    spec: 'What is offered for download. It cannot be changed.',
    status: 'Where it can be downloaded.',
  },
  'beta1.VirtualMachineExportSpec': {
    source: 'A virtual machine, a snapshot of one, or a claim.',
    tokenSecretRef: 'Secret whose key token clients have to show.',
    ttlDuration: 'How long it is offered, such as 2h; that long when left out.',
  },
  VirtualMachineClone: {
    spec: 'What is to be copied to what. It cannot be changed.',
    status: 'How far it is.',
  },
  'beta1.VirtualMachineCloneSpec': {
    source: 'A virtual machine, or a snapshot of one.',
    target: 'The new virtual machine; a name is made when left out.',
    annotationFilters: 'Annotations that are copied, such as * or !some/*.',
    labelFilters: 'Labels that are copied, such as * or !some/*.',
    newMacAddresses: 'MAC addresses of the copy, by interface.',
    newSMBiosSerial: 'Serial number of the copy.',
    patches: 'JSON patches of the copy.',
    template: 'Labels and annotations of the instance that are copied.',
    volumeNamePolicy: 'Names of copied volumes: RandomizeNames (when left out) or PrefixTargetName.',
  },
  VirtualMachineBackup: {
    spec: 'What is to be backed up, and where to. It cannot be changed.',
    status: 'How far it is.',
  },
  'alpha1.VirtualMachineBackupSpec': {
    source: 'A virtual machine, or a tracker, which makes the backup incremental.',
    forceFullBackup: 'true: everything is copied, whatever was before.',
    mode: 'Push (when left out): data is written to a claim. Pull: clients fetch it.',
    pvcName: 'The claim that receives the backup.',
    skipQuiesce: 'true: file systems of the guest are not frozen.',
    tokenSecretRef: 'Secret that clients have to show, with mode Pull.',
    ttlDuration: 'How long data is offered, with mode Pull.',
  },
  VirtualMachineBackupTracker: {
    spec: 'What is backed up. It cannot be changed.',
    status: 'How far it is backed up.',
  },
  BackupTrackerSpec: {
    source: 'The virtual machine.',
  },
  BackupTrackerStatus: {
    latestCheckpoint: 'Point up to which everything is in a backup.',
    checkpointRedefinitionRequired: 'true: the guest has to be told about the checkpoint again.',
  },
};
