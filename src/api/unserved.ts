/** Kinds that are stored and shown in this release, and that nothing acts on yet. */
import {
  backupTrackers,
  backups,
  clones,
  migrationPolicies,
  migrations,
  pools,
  restores,
  snapshotContents,
  snapshots,
  vmExports,
} from './kinds.ts';
import type { Resource } from './kinds.ts';

/** Reason on the objects themselves. */
export const unservedReason = 'NotImplemented';

/** What to do instead. */
const remedies: readonly [Resource, string][] = [
  [migrations, 'stop the virtual machine and start it again to run it on another node'],
  [migrationPolicies, 'it has no effect until guests can be moved between nodes'],
  [pools, 'create each VirtualMachine, or a VirtualMachineInstanceReplicaSet of instances that keep no data'],
  [snapshots, 'stop the virtual machine and make a VolumeSnapshot of each of its claims'],
  [snapshotContents, 'stop the virtual machine and make a VolumeSnapshot of each of its claims'],
  [restores, 'create claims from VolumeSnapshots, and name those in the virtual machine'],
  [vmExports, 'stop the virtual machine and copy its claims from a pod that mounts them'],
  [clones, 'create claims with the others as their dataSource, and a VirtualMachine that names them'],
  [backups, 'stop or freeze the virtual machine and back up its claims with the tools of the storage'],
  [backupTrackers, 'back up the claims of the virtual machine with the tools of the storage'],
];

export const unservedKinds: readonly Resource[] = remedies.map(([resource]) => resource);

/** Why nothing happens, and what to do: for warnings and for the status of objects. */
export function unservedMessage({ kind }: Resource): string {
  const instead = remedies.find(([resource]) => resource.kind === kind)?.[1] ?? 'delete the object';
  return `this release of monovirt does not act on a ${kind}: ${instead}`;
}
