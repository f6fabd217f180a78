/** What a VM says of snapshots of its volumes. Pure. */
import type { Vm, VmStatus, Volume } from '../../api/types.ts';

type Statuses = NonNullable<VmStatus['volumeSnapshotStatuses']>;

/** No volume is snapshotted with its VM in this release: tools that offer snapshots ask here first. */
export function volumeSnapshotStatuses(vm: Vm): Statuses | undefined {
  const volumes = vm.spec.template.spec?.volumes ?? [];
  if (volumes.length === 0) return undefined;
  return volumes.map((volume) => ({ name: volume.name, enabled: false, reason: reasonOf(volume) }));
}

function reasonOf(volume: Volume): string {
  const { name, dataVolume, persistentVolumeClaim } = volume;
  const claim = persistentVolumeClaim?.claimName ?? dataVolume?.name;
  // KubeVirt's words, for kinds of volumes that are never snapshotted.
  if (claim === undefined) return `Snapshot is not supported for this volumeSource type [${name}]`;
  return `snapshots of VMs are not offered by this release; stop the VM and snapshot PersistentVolumeClaim ${claim} [${name}]`;
}
