const kinds = (
  [
    'V1VirtualMachine',
    'V1VirtualMachineInstance',
    'V1VirtualMachineInstanceMigration',
    'V1VirtualMachineInstancePreset',
    'V1VirtualMachineInstanceReplicaSet',
    'V1KubeVirt',
    'V1alpha1MigrationPolicy',
    'V1alpha1VirtualMachineBackup',
    'V1beta1VirtualMachineClone',
    'V1beta1VirtualMachineClusterInstancetype',
    'V1beta1VirtualMachineClusterPreference',
    'V1beta1VirtualMachineExport',
    'V1beta1VirtualMachineInstancetype',
    'V1beta1VirtualMachinePool',
    'V1beta1VirtualMachinePreference',
    'V1beta1VirtualMachineRestore',
    'V1beta1VirtualMachineSnapshot',
    'V1beta1VirtualMachineSnapshotContent',
  ] as const
).map((type): [string, string] => [type, type.replace(/^V1(?:alpha1|beta1)?/, '')]);

/**
 * Types of the package → their names in the table, for those that nothing else refers to: the kinds under their
 * own names, and what `missingTypes` refers to.
 */
export const roots: ReadonlyMap<string, string> = new Map([
  ...kinds,
  ['V1alpha1BackupCheckpoint', 'alpha1.BackupCheckpoint'],
]);
