import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as cloudInit from './cloud-init.ts';
import * as diskGeometry from './disk-geometry.ts';
import * as diskRules from './disks.ts';
import * as volumes from './volumes.ts';

const disks = 'domain.devices.disks';
const nics = 'domain.devices.interfaces';
const seed = (source: object) => ({ 'volumes[1].cloudInitNoCloud': source });
const long = 'x'.repeat(2049);

const rows: Row[] = [
  {
    name: 'volumeNamesDiffer',
    set: { 'volumes[1].name': 'root' },
    field: 'volumes[1].name',
    says: /^spec\.volumes\[0\] and spec\.volumes\[1\] must not have the same Name\./,
  },
  {
    name: 'volumeHasOneSource: two',
    set: { 'volumes[0].emptyDisk': { capacity: '1Gi' } },
    field: 'volumes[0]',
    says: /must have exactly one source type set; found containerDisk, emptyDisk/,
  },
  { name: 'volumeHasOneSource: none', set: { 'volumes[0].containerDisk': undefined }, field: 'volumes[0]' },
  {
    name: 'volumeNamesFitThePod: container',
    set: { 'volumes[0].name': 'Root', [`${disks}[0].name`]: 'Root' },
    field: 'volumes[0].name',
  },
  {
    name: 'volumeNamesFitThePod: file',
    set: { 'volumes[0]': { name: '../x', emptyDisk: { capacity: '1Gi' } }, [`${disks}[0].name`]: '../x' },
    field: 'volumes[0].name',
  },
  {
    name: 'volumeNameIsFree',
    set: {
      'volumes[0].name': 'kernel-boot',
      [`${disks}[0].name`]: 'kernel-boot',
      'domain.firmware': { kernelBoot: { container: { image: 'a:1', kernelPath: '/k' } } },
    },
    field: 'volumes[0].name',
  },
  {
    name: 'containerDiskIsComplete: image',
    set: { 'volumes[0].containerDisk.image': 'a b' },
    type: 'FieldValueRequired',
    field: 'volumes[0].containerDisk.image',
  },
  {
    name: 'containerDiskIsComplete: path',
    set: { 'volumes[0].containerDisk.path': 'disk/x.qcow2' },
    field: 'volumes[0].containerDisk.path',
  },
  {
    name: 'emptyDiskHasCapacity',
    set: { 'volumes[0]': { name: 'root', emptyDisk: { capacity: '1k' } } },
    field: 'volumes[0].emptyDisk.capacity',
  },
  {
    name: 'oneUserDataSource',
    set: seed({ userData: 'a', userDataBase64: 'YQ==' }),
    field: 'volumes[1].cloudInitNoCloud',
    says: /must have only one userdatasource set\./,
  },
  {
    name: 'oneNetworkDataSource',
    set: seed({ networkData: 'a', networkDataSecretRef: { name: 's' } }),
    field: 'volumes[1].cloudInitNoCloud',
    says: /must have only one networkdata source set\./,
  },
  {
    name: 'someCloudInitData',
    set: seed({}),
    field: 'volumes[1].cloudInitNoCloud',
    says: /must have at least one userdatasource or one networkdatasource set\./,
  },
  {
    name: 'cloudInitIsBase64: user data',
    set: seed({ userDataBase64: '%%' }),
    field: 'volumes[1].cloudInitNoCloud.userDataBase64',
    says: /is not a valid base64 value\./,
  },
  {
    name: 'cloudInitIsBase64: network data',
    set: seed({ networkDataBase64: 'abc' }),
    field: 'volumes[1].cloudInitNoCloud.networkDataBase64',
  },
  {
    name: 'cloudInitFits: user data',
    set: seed({ userData: long }),
    field: 'volumes[1].cloudInitNoCloud',
    says: /userdata exceeds 2048 byte limit\./,
  },
  {
    name: 'cloudInitFits: encoded network data',
    set: seed({ networkDataBase64: Buffer.from(long).toString('base64') }),
    field: 'volumes[1].cloudInitNoCloud',
    says: /networkdata exceeds 2048 byte limit\./,
  },
  {
    name: 'cloudInitSecretsAreNamed',
    set: seed({ secretRef: {} }),
    field: 'volumes[1].cloudInitNoCloud.secretRef.name',
  },
  {
    name: 'oneCloudInitVolume',
    set: { 'volumes[0]': { name: 'root', cloudInitNoCloud: { userData: 'a' } } },
    field: 'volumes[1]',
  },
  {
    name: 'sshKeysAreNamed',
    set: {
      accessCredentials: [
        { sshPublicKey: { source: { secret: { secretName: '' } }, propagationMethod: { noCloud: {} } } },
      ],
    },
    type: 'FieldValueRequired',
    field: 'accessCredentials[0].sshPublicKey.source.secret.secretName',
  },
  {
    name: 'diskNamesDiffer',
    set: { [`${disks}[1].name`]: 'root' },
    field: `${disks}[1].name`,
    says: /^spec\.domain\.devices\.disks\[0\] and spec\.domain\.devices\.disks\[1\] must not have the same Name\./,
  },
  {
    name: 'diskHasVolume',
    set: { [`${disks}[1].name`]: 'lost' },
    field: `${disks}[1].name`,
    says: /^spec\.domain\.devices\.disks\[1\]\.Name 'lost' not found\./,
  },
  {
    name: 'diskHasVolume: an empty CD-ROM',
    set: { [`${disks}[2]`]: { name: 'later', cdrom: {} } },
    field: `${disks}[2].name`,
    says: /^DeclarativeHotplugVolumes feature gate not enabled, cannot define an empty CD-ROM disk/,
  },
  {
    name: 'diskNameIsALabel',
    set: { [`${disks}[1].name`]: 'Seed', 'volumes[1].name': 'Seed' },
    field: `${disks}[1].name`,
  },
  {
    name: 'diskHasOneTarget',
    set: { [`${disks}[0].cdrom`]: { bus: 'sata' } },
    field: `${disks}[0]`,
    says: /can only have a single target type defined/,
  },
  {
    name: 'diskBusIsSupported: ide',
    set: { [`${disks}[0].disk.bus`]: 'ide' },
    field: `${disks}[0].disk.bus`,
    says: /^IDE bus is not supported/,
  },
  {
    name: 'diskBusIsSupported: unknown',
    set: { [`${disks}[0].disk.bus`]: 'floppy' },
    field: `${disks}[0].disk.bus`,
    says: /unrecognized bus floppy, must be one of/,
  },
  {
    name: 'cdromBusIsSupported',
    set: { [`${disks}[0]`]: { name: 'root', cdrom: { bus: 'virtio' } } },
    field: `${disks}[0].cdrom.bus`,
    says: /^Bus type virtio is invalid for CD-ROM device/,
  },
  {
    name: 'readonlyDiskBusIsSupported',
    set: { [`${disks}[0].disk`]: { readonly: true, bus: 'sata' } },
    field: `${disks}[0].disk.bus`,
    says: /hard-disks do not support read-only\./,
  },
  {
    name: 'cdromIsReadonly',
    set: { [`${disks}[0]`]: { name: 'root', cdrom: { readonly: false } } },
    field: `${disks}[0].cdrom.readonly`,
  },
  {
    name: 'trayIsOpenOrClosed',
    set: { [`${disks}[0]`]: { name: 'root', cdrom: { tray: 'ajar' } } },
    type: 'FieldValueNotSupported',
    field: `${disks}[0].cdrom.tray`,
  },
  {
    name: 'diskSerialIsPlain: characters',
    set: { [`${disks}[0].serial`]: 'a/b' },
    field: `${disks}[0].serial`,
    says: /\[A-Za-z0-9_\.\+-\]/,
  },
  {
    name: 'diskSerialIsPlain: length',
    set: { [`${disks}[0].serial`]: 'a'.repeat(257) },
    field: `${disks}[0].serial`,
  },
  {
    name: 'diskCacheIsKnown',
    set: { [`${disks}[0].cache`]: 'warm' },
    field: `${disks}[0].cache`,
    says: /has invalid value warm/,
  },
  {
    name: 'diskIoIsKnown',
    set: { [`${disks}[0].io`]: 'io_uring' },
    type: 'FieldValueNotSupported',
    field: `${disks}[0].io`,
    says: /Supported modes are: native, threads\./,
  },
  {
    name: 'nativeIoIsUncached',
    set: { [`${disks}[0].io`]: 'native', [`${disks}[0].cache`]: 'writeback' },
    field: `${disks}[0].io`,
  },
  {
    name: 'ioThreadIsPossible',
    set: { [`${disks}[0].disk.bus`]: 'sata', [`${disks}[0].dedicatedIOThread`]: true },
    type: 'FieldValueNotSupported',
    field: `${disks}[0]`,
    says: /^IOThreads are not supported for disks on a sata bus/,
  },
  {
    name: 'bootOrderIsPositive',
    set: { [`${disks}[0].bootOrder`]: 0 },
    field: `${disks}[0].bootOrder`,
    says: /must have a boot order > 0, if supplied/,
  },
  {
    name: 'bootOrdersDiffer',
    set: { [`${disks}[0].bootOrder`]: 1, [`${nics}[0].bootOrder`]: 1 },
    field: `${nics}[0].bootOrder`,
    says: /already set for a different device\./,
  },
  {
    name: 'errorPolicyIsKnown',
    set: { [`${disks}[0].errorPolicy`]: 'panic' },
    field: `${disks}[0].errorPolicy`,
  },
  {
    name: 'diskPciAddressIsUsable: bus',
    set: { [`${disks}[0].disk`]: { bus: 'sata', pciAddress: '0000:00:01.0' } },
    field: `${disks}[0].disk.pciAddress`,
    says: /only possible with bus type virtio/,
  },
  {
    name: 'diskPciAddressIsUsable: form',
    set: { [`${disks}[0].disk`]: { bus: 'virtio', pciAddress: '1' } },
    field: `${disks}[0].disk.pciAddress`,
    says: /malformed PCI address \(1\)/,
  },
  {
    name: 'blockSizesArePossible: small',
    set: { [`${disks}[0].blockSize`]: { custom: { logical: 256, physical: 512 } } },
    field: `${disks}[0].blockSize.custom.logical`,
  },
  {
    name: 'blockSizesArePossible: no power of 2',
    set: { [`${disks}[0].blockSize`]: { custom: { logical: 512, physical: 1000 } } },
    field: `${disks}[0].blockSize.custom.physical`,
  },
  {
    name: 'blockSizesFit',
    set: { [`${disks}[0].blockSize`]: { custom: { logical: 4096, physical: 512 } } },
    field: `${disks}[0].blockSize.custom`,
  },
  {
    name: 'oneBlockSize',
    set: { [`${disks}[0].blockSize`]: { custom: { logical: 512, physical: 512 }, matchVolume: {} } },
    field: `${disks}[0].blockSize`,
    says: /^Block size matching can't be enabled together with a custom value/,
  },
];

testRules(rows, cloudInit, diskGeometry, diskRules, volumes);
