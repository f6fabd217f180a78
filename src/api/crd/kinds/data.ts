/** Kinds that copy what virtual machines hold: snapshots, exports, clones and backups. */
import {
  backupTrackers,
  backups,
  clones,
  restores,
  snapshotContents,
  snapshots,
  vmExports,
} from '../../kinds.ts';
import { phase, replaced, sourceColumns } from '../declaration.ts';
import type { Column, Declaration, ServedVersion } from '../declaration.ts';

/** The older version is not deprecated by KubeVirt, and has the same fields. */
const alphaAndBeta: readonly ServedVersion[] = [{ name: 'v1alpha1' }, { name: 'v1beta1', stored: true }];
const alpha: readonly ServedVersion[] = [{ name: 'v1alpha1', stored: true }];

const snapshotColumns: readonly Column[] = [
  { name: 'ReadyToUse', type: 'boolean', jsonPath: '.status.readyToUse' },
  { name: 'CreationTime', type: 'date', jsonPath: '.status.creationTime' },
  { name: 'Error', type: 'string', jsonPath: '.status.error.message' },
];

const snapshotKinds: readonly Declaration[] = [
  {
    resource: snapshots,
    description: 'A request to keep the state that a virtual machine has now.',
    versions: alphaAndBeta,
    shortNames: ['vmsnapshot', 'vmsnapshots'],
    status: true,
    columns: [...sourceColumns, phase, ...snapshotColumns],
  },
  {
    resource: snapshotContents,
    description: 'What a snapshot of a virtual machine consists of.',
    versions: alphaAndBeta,
    shortNames: ['vmsnapshotcontent', 'vmsnapshotcontents'],
    status: true,
    columns: snapshotColumns,
  },
  {
    resource: restores,
    description: 'A request to give a virtual machine the state that a snapshot holds.',
    versions: alphaAndBeta,
    shortNames: ['vmrestore', 'vmrestores'],
    status: true,
    columns: [
      { name: 'TargetKind', type: 'string', jsonPath: '.spec.target.kind' },
      { name: 'TargetName', type: 'string', jsonPath: '.spec.target.name' },
      { name: 'Complete', type: 'boolean', jsonPath: '.status.complete' },
      { name: 'RestoreTime', type: 'date', jsonPath: '.status.restoreTime' },
    ],
  },
];

const backupKinds: readonly Declaration[] = [
  {
    resource: backups,
    description:
      'A request to copy the disks of a virtual machine, whole or what changed since the last copy.',
    versions: alpha,
    shortNames: ['vmbackup', 'vmbackups'],
    status: true,
    columns: [
      ...sourceColumns,
      { name: 'Type', type: 'string', jsonPath: '.status.type' },
      { name: 'CheckpointName', type: 'string', jsonPath: '.status.checkpointName' },
    ],
  },
  {
    resource: backupTrackers,
    description: 'The point up to which a virtual machine has been backed up.',
    versions: alpha,
    shortNames: ['vmbackuptracker', 'vmbackuptrackers'],
    status: true,
    columns: [
      ...sourceColumns,
      { name: 'LatestCheckpoint', type: 'string', jsonPath: '.status.latestCheckpoint.name' },
      { name: 'CheckpointTime', type: 'date', jsonPath: '.status.latestCheckpoint.creationTime' },
    ],
  },
];

export const dataKinds: readonly Declaration[] = [
  ...snapshotKinds,
  {
    resource: vmExports,
    description: 'A request to offer the disks of a virtual machine, a snapshot or a claim for download.',
    versions: replaced(vmExports.group, vmExports.kind, 'v1beta1', 'v1'),
    shortNames: ['vmexport', 'vmexports'],
    status: true,
    columns: [...sourceColumns, phase],
  },
  {
    resource: clones,
    description: 'A request for a new virtual machine that is a copy of another, or of a snapshot.',
    versions: alphaAndBeta,
    shortNames: ['vmclone', 'vmclones'],
    status: true,
    columns: [
      phase,
      { name: 'SourceVirtualMachine', type: 'string', jsonPath: '.spec.source.name' },
      { name: 'TargetVirtualMachine', type: 'string', jsonPath: '.spec.target.name' },
    ],
  },
  ...backupKinds,
];
