import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as claims from './claims.ts';
import * as configVolumes from './config-volumes.ts';
import * as diskVolumes from './disk-volumes.ts';

const disks = 'domain.devices.disks';
const root = (source: object) => ({ 'volumes[0]': { name: 'root', ...source } });
const hostDisk = (disk: object) => root({ hostDisk: { path: '/data/disk.img', type: 'Disk', ...disk } });
const downward = (field: object) => root({ downwardAPI: { fields: [{ path: 'labels', ...field }] } });
const claim = { persistentVolumeClaim: { claimName: 'data' } };

const rows: Row[] = [
  {
    name: 'claimIsNamed',
    set: root({ persistentVolumeClaim: { claimName: '' } }),
    type: 'FieldValueRequired',
    field: 'volumes[0].persistentVolumeClaim.claimName',
  },
  {
    name: 'claimIsNamed: characters',
    set: root({ persistentVolumeClaim: { claimName: '../data' } }),
    field: 'volumes[0].persistentVolumeClaim.claimName',
  },
  {
    name: 'claimIsNamed: below an overlay',
    set: root({ ephemeral: {} }),
    type: 'FieldValueRequired',
    field: 'volumes[0].ephemeral.persistentVolumeClaim.claimName',
  },
  {
    name: 'dataVolumeIsNamed',
    set: root({ dataVolume: { name: '' } }),
    type: 'FieldValueRequired',
    field: 'volumes[0].name',
    says: /^DataVolume 'name' must be set/,
  },
  {
    name: 'dataVolumeIsNamed: characters',
    set: root({ dataVolume: { name: 'A' } }),
    field: 'volumes[0].dataVolume.name',
  },
  {
    name: 'hostDiskIsEnabled',
    set: hostDisk({}),
    field: 'volumes[0]',
    says: /^HostDisk feature gate is not enabled/,
  },
  {
    name: 'hostDiskHasPath',
    set: hostDisk({ path: '' }),
    type: 'FieldValueNotFound',
    field: 'volumes[0].hostDisk.path',
    says: /is required for hostDisk volume/,
  },
  { name: 'hostDiskHasPath: root', set: hostDisk({ path: '/' }), field: 'volumes[0].hostDisk.path' },
  {
    name: 'hostDiskHasPath: climbs',
    set: hostDisk({ path: '/data/../etc/shadow' }),
    field: 'volumes[0].hostDisk.path',
  },
  {
    name: 'hostDiskTypeIsKnown',
    set: hostDisk({ type: 'File' }),
    field: 'volumes[0].hostDisk.type',
    says: /has invalid value 'File', allowed are 'Disk' or 'DiskOrCreate'/,
  },
  {
    name: 'hostDiskCapacityFits: Disk',
    set: hostDisk({ capacity: '1Gi' }),
    field: 'volumes[0].hostDisk.capacity',
    says: /is allowed to pass only with .* equal to 'DiskOrCreate'/,
  },
  {
    name: 'hostDiskCapacityFits: DiskOrCreate',
    set: hostDisk({ type: 'DiskOrCreate' }),
    field: 'volumes[0].hostDisk.capacity',
  },
  {
    name: 'configMapIsNamed',
    set: root({ configMap: {} }),
    field: 'volumes[0].configMap.name',
    says: /configMap\.name is a required field/,
  },
  {
    name: 'configMapIsNamed: form',
    set: root({ configMap: { name: 'a/b' } }),
    field: 'volumes[0].configMap.name',
  },
  {
    name: 'secretIsNamed',
    set: root({ secret: {} }),
    field: 'volumes[0].secret.secretName',
    says: /secret\.secretName is a required field/,
  },
  {
    name: 'serviceAccountIsNamed',
    set: root({ serviceAccount: {} }),
    field: 'volumes[0].serviceAccount.serviceAccountName',
  },
  {
    name: 'oneServiceAccount',
    set: {
      'volumes[0]': { name: 'root', serviceAccount: { serviceAccountName: 'a' } },
      'volumes[1]': { name: 'seed', serviceAccount: { serviceAccountName: 'b' } },
    },
    field: 'volumes',
    says: /must have max one serviceAccount volume set/,
  },
  { name: 'sysprepHasOneSource: none', set: root({ sysprep: {} }), field: 'volumes[0].sysprep' },
  {
    name: 'sysprepHasOneSource: two',
    set: root({ sysprep: { configMap: { name: 'a' }, secret: { name: 'a' } } }),
    field: 'volumes[0].sysprep',
  },
  {
    name: 'sysprepHasOneSource: name',
    set: root({ sysprep: { secret: {} } }),
    field: 'volumes[0].sysprep.secret.name',
  },
  {
    name: 'volumeLabelFits',
    set: root({ configMap: { name: 'a', volumeLabel: 'x'.repeat(33) } }),
    field: 'volumes[0].configMap.volumeLabel',
  },
  {
    name: 'downwardFieldIsKnown: field',
    set: downward({ fieldRef: { fieldPath: 'spec.nodeName' } }),
    field: 'volumes[0].downwardAPI.fields[0].fieldRef.fieldPath',
  },
  {
    name: 'downwardFieldIsKnown: path',
    set: downward({ path: '../x', fieldRef: { fieldPath: 'metadata.name' } }),
    field: 'volumes[0].downwardAPI.fields[0].path',
  },
  { name: 'downwardFieldIsKnown: nothing', set: downward({}), field: 'volumes[0].downwardAPI.fields[0]' },
  {
    name: 'downwardFieldIsKnown: container',
    set: downward({ resourceFieldRef: { resource: 'limits.cpu' } }),
    field: 'volumes[0].downwardAPI.fields[0].resourceFieldRef.containerName',
  },
  {
    name: 'lunIsAClaim',
    set: { [`${disks}[0]`]: { name: 'root', lun: { bus: 'scsi' } } },
    field: `${disks}[0].lun`,
    says: /can only be mapped to a DataVolume or PersistentVolumeClaim volume/,
  },
  {
    name: 'lunIsOnScsi',
    set: { ...root(claim), [`${disks}[0]`]: { name: 'root', lun: { bus: 'sata' } } },
    type: 'FieldValueNotSupported',
    field: `${disks}[0].lun.bus`,
  },
  {
    name: 'sharedDiskIsShareable: cache',
    set: { ...root(claim), [`${disks}[0].shareable`]: true, [`${disks}[0].cache`]: 'writeback' },
    field: `${disks}[0].cache`,
    says: /a sharable disk requires cache = none got: writeback/,
  },
  {
    name: 'sharedDiskIsShareable: volume',
    set: { [`${disks}[0].shareable`]: true },
    field: `${disks}[0].shareable`,
  },
  {
    name: 'readonlyClaimCanBeShown',
    set: {
      ...root({ persistentVolumeClaim: { claimName: 'data', readOnly: true } }),
      [`${disks}[0].disk.bus`]: 'sata',
    },
    field: `${disks}[0].disk.bus`,
  },
];

testRules(rows, claims, configVolumes, diskVolumes);
